"""Centred vectors on one scale for all dimensions, so that their lengths are 1 on average.

Unlike standardising dimension by dimension it leaves alone how the dimensions weigh against one another: of an
encoder's vectors, principal components above all, the small ones are mostly noise.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class GlobalScale:
    """Centring, and one factor for all dimensions; called with vectors, it scales them.

    mean : (D,) float64. inverse : 1 / the root of the mean squared length; 0 where all vectors are the same.
    """

    mean: np.ndarray
    inverse: float

    @classmethod
    def of(cls, vectors: np.ndarray) -> "GlobalScale":
        """Compute the scale of vectors (N, D), N at least 1."""
        mean = vectors.mean(axis=0, dtype=np.float64)
        spread = float(np.sqrt(np.mean(np.sum((vectors - mean) ** 2, axis=1))))
        return cls(mean, 1 / spread if spread > 0 else 0.0)

    def __call__(self, vectors: np.ndarray) -> np.ndarray:
        """Scale vectors (N, D): (N, D) float64."""
        return np.asarray((vectors - self.mean) * self.inverse)
