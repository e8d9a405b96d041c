"""How much of a stress a system stands: the level at which half of what it had over chance is lost."""

from typing import NamedTuple

import numpy as np

from .intervals import LEVEL, wilson

#: Bootstrap samples, and the seed that they are drawn with, so that the same answers give the same interval.
DRAWS, SEED = 2000, 20


class HalfLevel(NamedTuple):
    """The level at which half is lost, and the ends of its interval; None is beyond the strongest level."""

    level: float | None
    weak_end: float | None
    strong_end: float | None


def half_level(right: np.ndarray, levels: np.ndarray, chance: float) -> HalfLevel | None:
    """Find the level at which accuracy has lost half of what it had over chance, with its 95 % interval.

    right : (P, K + 1) bool, whether each of P pairs was decided rightly: as it is, and at K levels from the weakest to
    the strongest. levels : (K + 1,) float64, the first is that of a pair as it is, and may be infinite. chance : the
    accuracy of guessing, 0..1.

    Between two levels the curve is taken to run straight; what counts is where it first comes so low. If the first
    level is infinite, and half is lost before the second, that one is returned. The interval is a bootstrap's: pairs
    are drawn with replacement, each with its answers at all levels, since these belong together, and of the half levels
    of all draws the middle 95 % are kept. Percentiles, not BCa: a draw that never loses half is beyond the last level,
    and no mean or jackknife can be taken of that. Returns None where accuracy as it is cannot be told from chance, by
    Wilson's interval: then there is nothing to lose.
    """
    pairs = len(right)
    if wilson(int(right[:, 0].sum()), pairs)[0] <= chance:
        return None
    rng = np.random.default_rng(SEED)
    drawn_pairs = (rng.integers(0, pairs, pairs) for _ in range(DRAWS))
    counts = np.stack([np.bincount(chosen, minlength=pairs) for chosen in drawn_pairs])
    drawn = crossings(counts @ right.astype(np.float64) / pairs, chance)
    drawn = np.sort(drawn[~np.isnan(drawn)])
    tail = (1 - LEVEL) / 2 * (len(drawn) - 1)
    found = crossings(right.mean(axis=0)[None], chance)[0], drawn[int(tail)], drawn[-1 - int(tail)]
    return HalfLevel(*(_level(float(position), levels) for position in found))


def crossings(accuracy: np.ndarray, chance: float) -> np.ndarray:
    """Find where curves (B, K + 1) first come down to half of what they begin with over chance.

    Returns (B,) float64: 1.5 is midway between levels 1 and 2. Infinite where a curve never does, NaN where it begins
    at chance or below.
    """
    target = chance + (accuracy[:, 0] - chance) / 2
    low = accuracy <= target[:, None]
    rows, k = np.arange(len(accuracy)), np.maximum(low.argmax(axis=1), 1)
    before, after = accuracy[rows, k - 1], accuracy[rows, k]
    share = np.divide(before - target, before - after, out=np.zeros(len(rows)), where=before > after)
    return np.where(accuracy[:, 0] <= chance, np.nan, np.where(low.any(axis=1), k - 1 + share, np.inf))


def _level(position: float, levels: np.ndarray) -> float | None:
    """The level at a position between levels, see crossings(); None for an infinite one."""
    if not np.isfinite(position):
        return None
    start = min(int(position), len(levels) - 2)
    low, high = levels[start : start + 2].tolist()
    return float(high if np.isinf(low) else low + (position - start) * (high - low))
