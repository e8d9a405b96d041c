"""Values as 256 bins: to find a threshold, a round of boosting then adds weights to a histogram instead of sorting."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numba import njit, prange

from eigen2arc.core.checks import check_finite, check_shape

BINS = 256

#: The bins span so many standard deviations on either side of the mean: a few outliers would widen all of them.
SPAN_DEVIATIONS = 3.0

#: A bin is at least this share of the largest value wide: several of the steps in which a float32 can count.
LEAST_STEP = 2.0**-20

LANES = 16


@dataclass(frozen=True)
class Binned:
    """The values of F features of N samples in bins. bins : (F, N) uint8. lowest, step : (F,) float32.

    Bin b of a feature holds the values from ``lowest + b step`` up to the next bin's; the first and the last bin hold
    what lies outside, too.
    """

    bins: np.ndarray
    lowest: np.ndarray
    step: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> "Binned":
        """Bin (F, N) float32 values. Raises ValueError for values that are not finite, and for no samples."""
        return cls.of_blocks([values], *values.shape)

    @classmethod
    def of_blocks(cls, blocks: Iterable[np.ndarray], features: int, samples: int) -> "Binned":
        """Bin blocks (f, N) of features that follow one another, so that never all values exist at once; see of."""
        if samples < 1:
            raise ValueError("values: expected at least one sample")
        binned = cls(np.empty((features, samples), np.uint8), np.empty(features, np.float32), np.empty(features, "f4"))
        start = 0
        for block in blocks:
            check_shape(block, f"_ {samples}", "values")
            rows = slice(start, start + len(block))
            _bin(np.asarray(block, np.float32), binned.bins[rows], binned.lowest[rows], binned.step[rows])
            start += len(block)
        if start != features:
            raise ValueError(f"values: expected {features} features, got {start}")
        check_finite(binned.lowest, "values: their means")
        return binned

    def threshold(self, feature: int, bin_number: int) -> np.float32:
        """Return the value below which lie exactly the samples of the bins up to and with ``bin_number`` (0..254)."""
        return np.float32(self.lowest[feature] + self.step[feature] * np.float32(bin_number + 1))


@njit(cache=True, parallel=True)
def _bin(values: np.ndarray, bins: np.ndarray, lowest: np.ndarray, step: np.ndarray) -> None:
    for row in prange(len(values)):
        low, width = _range(values[row])
        lowest[row], step[row] = low, width
        inverse = np.float32(1) / width
        for n in range(values.shape[1]):
            value = values[row, n]
            place = np.int32(min(max((value - low) * inverse, np.float32(0)), np.float32(BINS - 1)))
            # The division rounds; a sample has to fall on the same side of an edge as Binned.threshold puts it.
            if place < BINS - 1 and value >= np.float32(low + np.float32(width * np.float32(place + 1))):
                place += 1
            if place > 0 and value < np.float32(low + np.float32(width * np.float32(place))):
                place -= 1
            bins[row, n] = place


@njit(cache=True)
def _range(values: np.ndarray) -> tuple[np.float32, np.float32]:
    """Choose lower end and width of the first bin: mean - 3 sd to mean + 3 sd, or less where the values span less."""
    smallest, largest, total = _smallest_largest_sum(values, 0.0, 1)
    mean = total / len(values)
    if not np.isfinite(mean):  # is refused once the threads are done
        return np.float32(mean), np.float32(1)
    _, _, squares = _smallest_largest_sum(values, mean, 2)
    spread = SPAN_DEVIATIONS * np.sqrt(squares / len(values))
    low, high = max(smallest, mean - spread), min(largest, mean + spread)
    width = max((high - low) / BINS, max(abs(low), abs(high)) * LEAST_STEP, LEAST_STEP**3)
    return np.float32(low), np.float32(width)


@njit(cache=True)
def _smallest_largest_sum(values: np.ndarray, mean: float, power: int) -> tuple[float, float, float]:
    """Compute smallest, largest, and sum of (value - mean) ** power, in as many lanes as vector instructions have."""
    smallest, largest = np.full(LANES, values[0], np.float32), np.full(LANES, values[0], np.float32)
    totals = np.zeros(LANES)
    whole = len(values) // LANES * LANES
    for n in range(0, whole, LANES):
        for lane in range(LANES):
            value = values[n + lane]
            smallest[lane], largest[lane] = min(smallest[lane], value), max(largest[lane], value)
            difference = value - mean
            totals[lane] += difference if power == 1 else difference * difference
    for n in range(whole, len(values)):
        value = values[n]
        smallest[0], largest[0] = min(smallest[0], value), max(largest[0], value)
        totals[0] += (value - mean) ** power
    return float(smallest.min()), float(largest.max()), totals.sum()
