"""Confidence intervals of a share: of a count of successes, and of trials that depend on each other.

The quantiles are scipy's, the formulas ours: those of scipy.stats round otherwise, and give NaN where rounds are alike.
"""

import numpy as np
from scipy.special import ndtri, stdtrit

#: How often the interval holds the true share, in the long run.
LEVEL = 0.95


def wilson(successes: float, trials: int, level: float = LEVEL) -> tuple[float, float]:
    """Compute Wilson's interval for a share: low and high end, 0..1, for so many successes in independent trials.

    It is right at 0 and at all successes, too.
    Source: E. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927.
    """
    z2 = float(ndtri(0.5 + level / 2)) ** 2
    share = successes / trials
    centre = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = np.sqrt(z2 * (share * (1 - share) / trials + z2 / (4 * trials**2))) / (1 + z2 / trials)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def wilson_of_effective(share: float, std: float, units: int, level: float = LEVEL) -> tuple[float, float]:
    """Compute Wilson's interval for a share whose trials depend on each other: low and high end, 0..1.

    std : of the share, 0 where it is 0 or 1 in every resample. It stands for share (1 - share) / std^2 independent
    trials, or for one a unit where nothing varies; the quantile is Student's with units - 1 degrees of freedom.
    Source: Korn and Graubard, Survey Methodology 24, 1998.
    """
    share = min(max(share, 0.0), 1.0)
    trials = max(1.0, share * (1 - share) / std / std) if std > 0 and 0 < share < 1 else float(units)
    t2 = float(stdtrit(units - 1, 0.5 + level / 2)) ** 2
    centre = (share + t2 / (2 * trials)) / (1 + t2 / trials)
    half = np.sqrt(t2 * (share * (1 - share) / trials + t2 / 4 / trials / trials)) / (1 + t2 / trials)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))
