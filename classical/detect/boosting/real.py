"""Real AdaBoost: a leaf answers with half the log odds of what it has seen.

J. Friedman, T. Hastie, R. Tibshirani, "Additive Logistic Regression: A Statistical View of Boosting", Annals of
Statistics 28(2), 2000, algorithm 2; the same in R. E. Schapire, Y. Singer, "Improved Boosting Algorithms Using
Confidence-rated Predictions", Machine Learning 37(3), 1999, with the measure of a split, eq. (11).
"""

import numpy as np

from eigen2arc.core.errors import UserError


class Real:
    """Real AdaBoost: what a leaf with the weights P of positives and N of negatives is worth, and what it answers.

    smoothing : is added to both weights (of a sum of 1), so that a pure leaf does not answer infinity; Schapire and
    Singer, section 4.2, propose the order of 1 / samples.
    """

    def __init__(self, smoothing: float) -> None:
        self.smoothing = smoothing

    def worth(self, positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
        """Return minus Z = 2 sum of sqrt(P N) over the leaves, which shall be small: Schapire and Singer, eq. (11)."""
        return -2 * np.sqrt(positive * negative)

    def leaves(self, positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
        """Compute 1/2 log(P / N) for every leaf (L,)."""
        return 0.5 * np.log((positive + self.smoothing) / (negative + self.smoothing))


def build(*, smoothing: float = 1e-4) -> Real:
    """Build real AdaBoost. smoothing : above 0, see Real. Raises UserError."""
    if not 0 < smoothing < 1:
        raise UserError(f"boosting real: expected a smoothing between 0 and 1, got {smoothing}")
    return Real(smoothing)
