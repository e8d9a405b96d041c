"""By what vectors are compared: their distance, or that of their directions."""

import numpy as np


def prepared(vectors: np.ndarray, metric: str) -> np.ndarray:
    """Convert vectors (N, D) to float64 rows whose Euclidean distance is what ``metric`` asks for.

    "euclidean": as they are. "cosine": of length 1, where the squared distance is 2 - 2 cos; a row of zeros stays one.
    """
    wide = vectors.astype(np.float64)
    if metric == "euclidean":
        return wide
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    return np.asarray(wide / np.where(lengths == 0, 1, lengths))
