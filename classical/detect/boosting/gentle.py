"""Gentle AdaBoost: a leaf answers with the weighted mean of its labels, never more than 1, whatever it has seen.

J. Friedman, T. Hastie, R. Tibshirani, "Additive Logistic Regression: A Statistical View of Boosting", Annals of
Statistics 28(2), 2000, algorithm 4: each tree is a weighted least-squares fit to y = +1, -1 (a Newton step).
"""

import numpy as np

TINY = np.finfo(np.float64).tiny


class Gentle:
    """Gentle AdaBoost: split criterion and leaf values, from a leaf's weights P of positives and N of negatives."""

    def split_score(self, positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
        """Return (P - N)^2 / (P + N): by so much the mean lowers the squared error, P + N, of the answer 0."""
        difference = positive - negative
        return difference * difference / np.maximum(positive + negative, TINY)

    def leaf_values(self, positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
        """Compute E_w(y | leaf) = P_w(y = 1 | leaf) - P_w(y = -1 | leaf) for every leaf (L,)."""
        return (positive - negative) / np.maximum(positive + negative, TINY)


build = Gentle
