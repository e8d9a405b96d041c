"""Paired comparison of systems on the same trials: is one better, how much of it may be chance, how many people decide.

The difference is resampled over people, see people_bootstrap, with the same draws for both systems, so that what makes
a test hard for both cancels. Its p is that of Student's test with the standard deviation of the draws. Beside it stands
McNemar's test, which takes all trials to be independent, and so is too sure where a person has several.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr, ndtri, stdtr

from .intervals import LEVEL
from .people_bootstrap import Draws

#: A difference that is none: of two sums of the same numbers in another order.
ROUNDED = 1e-12

#: Of a plan: how often a difference as large as the one that was seen is to be found.
POWER = 0.8


@dataclass(frozen=True)
class Comparison:
    """Two systems on the same trials. difference : of the first one's metric from the second's, -1..1.

    low, high : its interval. p : how often at least such a difference comes from people who make none, 0..1.
    people_needed : of people in a test that would tell such a difference from none with POWER; None for no difference.
    """

    difference: float
    low: float
    high: float
    p: float
    people_needed: int | None


def compare(first: Draws, second: Draws) -> Comparison:
    """Compare two systems by the draws of their metric, made on the same trials."""
    between = first - second
    value, std, units = between.value, between.std, between.units
    if not np.isfinite(std):
        return Comparison(value, -1.0, 1.0, 1.0, None)
    half = between.half_width()
    if abs(value) < ROUNDED:
        return Comparison(value, value - half, value + half, 1.0, None)
    p = 0.0 if std == 0 else 2 * float(stdtr(units - 1, -abs(value) / std))
    return Comparison(value, value - half, value + half, p, people_needed(value, std, units))


def people_needed(difference: float, std: float, units: int, power: float = POWER) -> int | None:
    """Plan a test: how many people it takes to tell a difference from none, by what ``units`` of them gave.

    std : of the difference with those. It falls with the root of the number of people. The power is how often such a
    test finds the difference, at LEVEL. Source: any book on sample sizes, for example Chow, Shao, Wang, "Sample Size
    Calculations in Clinical Research", 2003, chapter 3. None for no difference.
    """
    if abs(difference) < ROUNDED:
        return None
    together = float(ndtri(0.5 + LEVEL / 2) + ndtri(power))
    return max(2, int(np.ceil(units * (together * std / difference) ** 2)))


def mcnemar(first: np.ndarray, second: np.ndarray) -> float:
    """Compute the exact p of McNemar's test for two systems' right answers (T,) bool to the same T trials.

    Only the trials that they answer differently count; each is taken to be a toss of a coin. Source: Q. McNemar, "Note
    on the sampling error of the difference between correlated proportions or percentages", Psychometrika 12, 1947.
    """
    only_first, only_second = int(np.sum(first & ~second)), int(np.sum(second & ~first))
    return min(1.0, 2 * float(bdtr(min(only_first, only_second), only_first + only_second, 0.5)))


def holm(p: Sequence[float]) -> list[float]:
    """Correct the p of a family of M tests, so that one wrong claim among all is as rare as the level says.

    Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6,
    1979.
    """
    order = np.argsort(p, kind="stable")
    steps = np.asarray(p, dtype=np.float64)[order] * np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps)) if len(p) else steps
    return adjusted.tolist()
