"""Values as 256 bins: to find a threshold, a round of boosting then adds weights to a histogram instead of sorting."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numba import njit, prange

from eigen2arc.core.checks import check_finite, check_shape

BINS = 256

#: The bins span so many standard deviations on either side of the mean: a few outliers would widen all of them.
SPAN_DEVIATIONS = 3.0


@dataclass(frozen=True)
class Binned:
    """F features of N samples. bins : (F, N) uint8. lowest, step : (F,) float32.

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
        """The same from blocks (f, N) of features that follow one another, so that they never exist all at once."""
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
        """The value below which lie exactly the samples of the bins up to and with ``bin_number`` (0..254)."""
        return np.float32(self.lowest[feature] + self.step[feature] * np.float32(bin_number + 1))


@njit(cache=True)
def _upper_edge(lowest: np.float32, step: np.float32, bin_number: int) -> np.float32:
    """As Binned.threshold, to the last bit."""
    return np.float32(lowest + np.float32(step * np.float32(bin_number + 1)))


@njit(cache=True, parallel=True)
def _bin(values: np.ndarray, bins: np.ndarray, lowest: np.ndarray, step: np.ndarray) -> None:
    for row in prange(len(values)):
        low, width = _range(values[row])
        lowest[row], step[row] = low, width
        inverse = np.float32(1) / width if width > 0 else np.float32(0)
        for n in range(values.shape[1]):
            value = values[row, n]
            place = int(min(max((value - low) * inverse, np.float32(0)), np.float32(BINS - 1)))
            # The division rounds; a sample has to fall on the same side of an edge as a comparison puts it.
            while place < BINS - 1 and value >= _upper_edge(low, width, place):
                place += 1
            while place > 0 and value < _upper_edge(low, width, place - 1):
                place -= 1
            bins[row, n] = place


@njit(cache=True)
def _range(values: np.ndarray) -> tuple[np.float32, np.float32]:
    """Lower end and width of the first bin: mean - 3 sd to mean + 3 sd, or less where the values span less."""
    total, squares = 0.0, 0.0
    smallest, largest = values[0], values[0]
    for value in values:
        total += value
        smallest, largest = min(smallest, value), max(largest, value)
    mean = total / len(values)
    for value in values:
        squares += (value - mean) ** 2
    spread = SPAN_DEVIATIONS * np.sqrt(squares / len(values))
    low, high = max(smallest, mean - spread), min(largest, mean + spread)
    if not np.isfinite(mean):
        low, high = mean, mean
    return np.float32(low), np.float32((high - low) / BINS)
