"""Operating points: what a verification system does at one threshold after another, a few hundred for a whole curve.

FMR, FNMR: see metrics.verification. A pair is accepted if its score >= the threshold.
"""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Context, Decimal

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Scores

#: Error rates between a power of ten and the next, about evenly spaced on a logarithmic scale.
MANTISSAS = ("1", "1.2", "1.5", "2", "2.5", "3", "4", "5", "6", "8")

#: Powers of ten down to which error rates are listed; data that show lower ones are out of reach.
DECADES = 7

#: So many thresholds are spaced evenly from the lowest score to the highest.
EVENLY = 60

#: A decimal number with more places than this is as long as the float itself.
MOST_PLACES = 17

#: Enough digits for any float32 with so many places.
EXACT = Context(prec=80)


@dataclass(frozen=True)
class OperatingPoints:
    """The errors of a system at K thresholds, from accepting all pairs to accepting none.

    thresholds (K,) : float64, ascending, of few digits; each decides alike whether it is compared as float32 or
    float64, but for the chosen one, which is as it was given. false_accepts, false_rejects (K,) : int64. chosen : the
    index of the threshold that was asked for. at_fmr (R,) : by false match rate that was asked for the index of the
    lowest threshold that keeps to it. genuine, impostors : numbers of pairs.
    """

    thresholds: np.ndarray
    false_accepts: np.ndarray
    false_rejects: np.ndarray
    chosen: int
    at_fmr: np.ndarray
    genuine: int
    impostors: int

    @property
    def fmr(self) -> np.ndarray:
        """The share of impostor pairs accepted, (K,) 0..1, falling."""
        return np.asarray(self.false_accepts / self.impostors)

    @property
    def fnmr(self) -> np.ndarray:
        """The share of genuine pairs refused, (K,) 0..1, rising."""
        return np.asarray(self.false_rejects / self.genuine)

    @property
    def accuracy(self) -> np.ndarray:
        """The share of all pairs decided rightly, (K,) 0..1."""
        return np.asarray(1 - (self.false_accepts + self.false_rejects) / (self.genuine + self.impostors))


def error_rates(trials: int) -> list[float]:
    """List the error rates that so many trials can show, ascending, MANTISSAS to a decade: 0, then 1 / trials to 1."""
    rates = [float(f"{mantissa}e-{power}") for power in range(DECADES, 0, -1) for mantissa in MANTISSAS]
    return [0.0, *(rate for rate in rates if rate >= 1 / trials), 1.0]


def operating_points(scores: Scores, threshold: float, rates: list[float]) -> OperatingPoints:
    """Choose thresholds that a whole curve is read off, and count the errors at each; the counts are exact.

    They are the given threshold, those that keep to each of the rates, as FMR and as FNMR, and some evenly spaced.
    Raises UserError unless there are pairs of both kinds.
    """
    if scores.same.all() or not scores.same.any():
        raise UserError("verification needs genuine and impostor pairs: take more pairs, or another set")
    levels, level_of = np.unique(scores.value.astype(np.float64), return_inverse=True)
    genuine = np.bincount(level_of, scores.same, len(levels)).astype(np.int64)
    impostor = np.bincount(level_of, ~scores.same, len(levels)).astype(np.int64)
    # Entry k: all from levels[k] on are accepted; the last entry accepts none.
    false_rejects = np.append(0, np.cumsum(genuine))
    false_accepts = np.append(np.cumsum(impostor[::-1])[::-1], 0)
    fmr, fnmr = false_accepts / false_accepts[0], false_rejects / false_rejects[-1]
    at_fmr = np.array([np.argmax(fmr <= rate) for rate in rates], np.int64)
    at_fnmr = np.searchsorted(fnmr, rates, "right") - 1
    evenly = np.searchsorted(levels, np.linspace(levels[0], levels[-1], EVENLY))
    chosen = int(np.searchsorted(levels, threshold))
    kept = np.unique(np.concatenate([[0, chosen, len(levels)], at_fmr, at_fnmr, evenly]))

    beyond = (levels[-1] - levels[0] or 1.0) / EVENLY
    ends = np.concatenate([[levels[0] - beyond], levels, [levels[-1] + beyond]])
    thresholds = [shortest_between(low, high) for low, high in zip(ends[kept], ends[kept + 1], strict=True)]
    place = int(np.searchsorted(kept, chosen))
    thresholds[place] = threshold
    return OperatingPoints(
        np.array(thresholds),
        false_accepts[kept],
        false_rejects[kept],
        place,
        np.searchsorted(kept, at_fmr),
        int(genuine.sum()),
        int(impostor.sum()),
    )


def shortest_between(low: float, high: float) -> float:
    """Find a decimal number of few places that is greater than ``low`` and at most ``high``, as float32, too.

    high itself where every such number is as long.
    """
    for places in range(MOST_PLACES):
        value = float(Decimal(high).quantize(Decimal(1).scaleb(-places), ROUND_FLOOR, EXACT))
        with np.errstate(over="ignore"):
            single = float(np.float32(value))
        if low < value <= high and low < single <= high:
            return value
    return high
