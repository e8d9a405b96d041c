"""Confidence intervals of a share: of a count of successes, and of a mean over rounds.

The quantiles are scipy's, the formulas ours: those of scipy.stats round otherwise, and give NaN where rounds are alike.
"""

import numpy as np
from scipy.special import ndtri, stdtrit

#: How often the interval holds the true share, in the long run.
LEVEL = 0.95


def wilson(successes: int, trials: int, level: float = LEVEL) -> tuple[float, float]:
    """Compute Wilson's interval for a share: low and high end, 0..1, for so many successes in independent trials.

    It is right at 0 and at all successes, too.
    Source: E. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927.
    """
    z2 = float(ndtri(0.5 + level / 2)) ** 2
    share = successes / trials
    centre = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = np.sqrt(z2 * (share * (1 - share) / trials + z2 / (4 * trials**2))) / (1 + z2 / trials)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def student(rounds: np.ndarray, level: float = LEVEL) -> tuple[float, float]:
    """Compute Student's interval for a mean of rounds (R,), R of 2 or more: low and high end.

    It has R - 1 degrees of freedom, and takes the rounds to be independent. Splits of the same images overlap: the
    interval says how much the metric hangs on the split, and is too narrow for what other people's faces would give.
    """
    half = float(stdtrit(len(rounds) - 1, 0.5 + level / 2)) * float(np.std(rounds, ddof=1)) / np.sqrt(len(rounds))
    return float(np.mean(rounds) - half), float(np.mean(rounds) + half)
