"""Signed square root of every entry: large counts are damped. Learns nothing.

The Euclidean distance of square roots of histograms is Hellinger's; with signs it is the "power normalisation" of
F. Perronnin, J. Sanchez, T. Mensink, "Improving the Fisher Kernel for Large-Scale Image Classification", ECCV 2010.
"""

from typing import ClassVar

import numpy as np

from eigen2arc.core.checks import check_shape


class SquareRoot:
    matcher = "cosine"
    SHAPES: ClassVar[dict[str, str]] = {}

    def fit(self, vectors: np.ndarray, labels: np.ndarray) -> "SquareRoot":
        """Return self: there is nothing to learn."""
        return self

    def transform(self, vectors: np.ndarray) -> np.ndarray:
        """Take the signed root sign(x) sqrt(|x|) of vectors (N, D): (N, D) float32."""
        check_shape(vectors, "N D", "vectors")
        root = np.abs(vectors, dtype=np.float32)
        np.sqrt(root, out=root)
        return np.copysign(root, vectors, out=root)

    def tensors(self) -> dict[str, np.ndarray]:
        return {}

    def restore(self, tensors: dict[str, np.ndarray]) -> "SquareRoot":
        return self


def build() -> SquareRoot:
    return SquareRoot()
