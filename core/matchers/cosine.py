"""Cosine of the angle between two vectors, -1..1; 0 with a vector of length zero."""

import numpy as np

from eigen2arc.core.checks import check_shape


class Cosine:
    """Matcher by the cosine of the angle between two vectors."""

    def score(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Score every row of a (N, D) against every row of b (M, D): (N, M) float32, -1..1."""
        check_shape(b, f"M {check_shape(a, 'N D', 'a')['D']}", "b")
        return np.asarray(np.clip(_unit(a) @ _unit(b).T, -1, 1))

    def score_pairs(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Score the rows of a (P, D) against those of b (P, D), row by row: (P,) float32, -1..1."""
        check_shape(a, "P D", "a")
        check_shape(b, f"{a.shape[0]} {a.shape[1]}", "b")
        return np.asarray(np.clip(np.einsum("pd,pd->p", _unit(a), _unit(b)), -1, 1))


def _unit(vectors: np.ndarray) -> np.ndarray:
    """Rows of length 1, float32; a row of zeros stays one. In float64 between, where no square over- or underflows."""
    wide = vectors.astype(np.float64)
    norms = np.linalg.norm(wide, axis=1, keepdims=True)
    return (wide / np.where(norms == 0, 1, norms)).astype(np.float32)


build = Cosine
