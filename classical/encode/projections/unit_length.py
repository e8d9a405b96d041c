"""Vectors of length 1: only their direction counts. Learns nothing."""

import numpy as np

from eigen2arc.classical.estimators.base import FixedProjection


class UnitLength(FixedProjection):
    """The projection to vectors of length 1.

    A vector of zeros stays one. The matcher stays what it was: a histogram stays one.
    """

    matcher = None

    def transform(self, vectors: np.ndarray) -> np.ndarray:
        """Scale vectors (N, D) to x / |x|, (N, D) float32."""
        vectors = self.new_vectors(vectors)
        # Row by row in float64: no square over- or underflows, and no wide copy of thousands of long vectors is made.
        unit = np.empty(vectors.shape, np.float32)
        for row, wide in zip(unit, map(np.float64, vectors), strict=True):
            length = np.sqrt(np.sum(wide**2))
            row[:] = wide / (length or 1)
        return unit


build = UnitLength
