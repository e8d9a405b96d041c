"""Discrete AdaBoost: every tree votes yes or no, and the more seldom it errs, the more its vote counts.

Y. Freund, R. E. Schapire, "A Decision-Theoretic Generalization of On-Line Learning and an Application to Boosting",
JCSS 55(1), 1997, figure 2; written as algorithm 1 of J. Friedman, T. Hastie, R. Tibshirani, "Additive Logistic
Regression: A Statistical View of Boosting", Annals of Statistics 28(2), 2000, with half its c_m for a vote's weight.
"""

import numpy as np

#: A tree without an error would have an infinite vote.
LEAST_ERROR = 1e-6


class Discrete:
    """Discrete AdaBoost: split criterion and leaf values, from a leaf's weights P of positives and N of negatives."""

    def split_score(self, positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
        """Return |P - N|: the more, the smaller the error, sum of min(P, N), of leaves that vote for their majority."""
        return np.abs(positive - negative)

    def leaf_values(self, positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
        """Return +-1/2 log((1 - err) / err) for every leaf (L,) of a tree, signed by its majority class."""
        error = np.minimum(positive, negative).sum() / (positive + negative).sum()
        error = min(max(error, LEAST_ERROR), 1 - LEAST_ERROR)
        return np.sign(positive - negative) * 0.5 * np.log((1 - error) / error)


build = Discrete
