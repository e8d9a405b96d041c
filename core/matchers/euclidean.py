"""Euclidean distance, negated: 0 for equal vectors, and below that for all others."""

import numpy as np
from scipy.spatial.distance import cdist

from eigen2arc.core.checks import check_shape


class Euclidean:
    """Matcher by the negated Euclidean distance.

    Distances come from the differences themselves: |a|^2 + |b|^2 - 2ab is faster, and wrong for near vectors.
    """

    def score(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Score every row of a (N, D) against every row of b (M, D): (N, M) float32, at most 0."""
        check_shape(b, f"M {check_shape(a, 'N D', 'a')['D']}", "b")
        distances: np.ndarray = cdist(a, b)
        return -distances.astype(np.float32)

    def score_pairs(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Score the rows of a (P, D) against those of b (P, D), row by row: (P,) float32, at most 0."""
        check_shape(a, "P D", "a")
        check_shape(b, f"{a.shape[0]} {a.shape[1]}", "b")
        return np.asarray(-np.linalg.norm(a.astype(np.float64) - b, axis=1).astype(np.float32))


build = Euclidean
