"""Real AdaBoost: a leaf answers with half the log odds of what it has seen.

J. Friedman, T. Hastie, R. Tibshirani, "Additive Logistic Regression: A Statistical View of Boosting", Annals of
Statistics 28(2), 2000, algorithm 2; the same in R. E. Schapire, Y. Singer, "Improved Boosting Algorithms Using
Confidence-rated Predictions", Machine Learning 37(3), 1999, with the measure of a split, eq. (11).
"""

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from eigen2arc.core.bounds import Gt, Lt


@dataclass(frozen=True)
class Real:
    """Real AdaBoost: split criterion and leaf values, from a leaf's weights P of positives and N of negatives.

    smoothing : is added to both weights (of a sum of 1), so that a pure leaf does not answer infinity; Schapire and
    Singer, section 4.2, propose the order of 1 / samples.
    """

    smoothing: Annotated[float, Gt(0), Lt(1)] = 1e-4

    def split_score(self, positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
        """Return -2 sqrt(P N); summed over the leaves it is -Z, to be maximised: Schapire and Singer, eq. (11)."""
        return -2 * np.sqrt(positive * negative)

    def leaf_values(self, positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
        """Compute 1/2 log(P / N) for every leaf (L,)."""
        return 0.5 * np.log((positive + self.smoothing) / (negative + self.smoothing))


build = Real
