"""The tail of what chance does: how often it reaches more than was ever seen, read from the highest values of a set.

They fall off exponentially (Pickands, "Statistical inference using extreme order statistics", Annals of Statistics 3,
1975, with shape 0).
"""

from typing import NamedTuple

import numpy as np

#: The tail is read from so many of the highest values, or this share of all where they are few.
TAIL, TAIL_SHARE = 1000, 0.05

#: Fewer of them say nothing about a tail.
LEAST = 20


class ExponentialTail(NamedTuple):
    """Of ``total`` values ``above`` are above ``start``, and e times fewer are above each further ``scale``."""

    total: int
    above: int
    start: float
    scale: float

    def expected(self, value: float, comparisons: int) -> float:
        """Compute how many of so many comparisons are expected to reach a value by chance; ``value`` >= start."""
        return float(comparisons * self.above / self.total * np.exp(-(value - self.start) / self.scale))

    def threshold(self, comparisons: int, alpha: float) -> float:
        """Compute the value that ``alpha`` of so many comparisons are expected to reach by chance."""
        return float(self.start + self.scale * np.log(max(1.0, comparisons * self.above / self.total / alpha)))


def fit_tail(highest: np.ndarray, total: int, count: int, alpha: float) -> tuple[ExponentialTail, int]:
    """Fit the tail to the ``count`` highest of ``total`` values; returns it, and how many lie above all chance.

    highest : the 2 * count highest, float64, descending. What chance reaches ``alpha`` times or less among all is no
    chance: it is set aside, and the rest is fitted again until that changes nothing. The scale is by the median, which
    a few of them cannot move.
    """
    aside = 0
    while True:
        start, excess = highest[aside + count - 1], highest[aside : aside + count - 1] - highest[aside + count - 1]
        made = ExponentialTail(total - aside, count, float(start), max(float(np.median(excess) / np.log(2)), 1e-6))
        beyond = min(int((highest >= made.threshold(total, alpha)).sum()), count)
        if beyond <= aside:
            return made, aside
        aside = beyond
