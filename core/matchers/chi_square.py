"""Chi-square distance of histograms, negated: sum over bins of (a - b)^2 / (a + b).

As in T. Ahonen et al., PAMI 28(12), 2006, eq. (9), but with both histograms below the line, so that it is symmetric.
A bin that is empty in both adds nothing.
"""

import numpy as np
from numba import njit, prange

from eigen2arc.core.checks import check_shape


class ChiSquare:
    """Matcher by the negated chi-square distance of histograms."""

    def score(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Score every row of a (N, D) against every row of b (M, D): (N, M) float32, at most 0.

        Raises ValueError for values below 0.
        """
        check_shape(b, f"M {check_shape(a, 'N D', 'a')['D']}", "b")
        return -_every(_histograms(a, "a"), _histograms(b, "b"))

    def score_pairs(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Score the rows of a (P, D) against those of b (P, D), row by row: (P,) float32, at most 0.

        Raises ValueError for values below 0.
        """
        check_shape(a, "P D", "a")
        check_shape(b, f"{a.shape[0]} {a.shape[1]}", "b")
        return -_row_by_row(_histograms(a, "a"), _histograms(b, "b"))


def _histograms(array: np.ndarray, name: str) -> np.ndarray:
    if (array < 0).any():
        raise ValueError(f"{name}: chi-square compares histograms, expected no value below 0, got {array.min()}")
    return np.ascontiguousarray(array, dtype=np.float32)


@njit(cache=True)
def _distance(a: np.ndarray, b: np.ndarray) -> float:
    total = 0.0
    for d in range(len(a)):
        both = np.float64(a[d]) + b[d]
        if both != 0:  # a NaN is not 0 either: it must come through
            total += (np.float64(a[d]) - b[d]) ** 2 / both
    return total


@njit(parallel=True, cache=True)
def _every(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    out = np.empty((len(a), len(b)), np.float32)
    for i in prange(len(a)):
        for j in range(len(b)):
            out[i, j] = _distance(a[i], b[j])
    return out


@njit(parallel=True, cache=True)
def _row_by_row(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    out = np.empty(len(a), np.float32)
    for i in prange(len(a)):
        out[i] = _distance(a[i], b[i])
    return out


build = ChiSquare
