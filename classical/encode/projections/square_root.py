"""Signed square root of every entry: large counts are damped. Learns nothing.

The Euclidean distance of square roots of histograms is Hellinger's; with signs it is the "power normalisation" of
F. Perronnin, J. Sanchez, T. Mensink, "Improving the Fisher Kernel for Large-Scale Image Classification", ECCV 2010.
"""

import numpy as np

from eigen2arc.classical.estimators.base import FixedProjection


class SquareRoot(FixedProjection):
    matcher = "cosine"

    def transform(self, vectors: np.ndarray) -> np.ndarray:
        """Take the signed root sign(x) sqrt(|x|) of vectors (N, D): (N, D) float32."""
        vectors = self.new_vectors(vectors)
        root = np.abs(vectors, dtype=np.float32)
        np.sqrt(root, out=root)
        return np.copysign(root, vectors, out=root)


build = SquareRoot
