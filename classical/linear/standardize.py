"""Standardizing: every dimension to mean 0 and variance 1, so that none outweighs the others by its unit alone.

Ours, because scikit-learn's StandardScaler divides a constant dimension by 1, and with it lets its rounding count.
"""

from dataclasses import dataclass

import numpy as np

#: A dimension that varies by less than this share of its values varies by their rounding: it is left out as constant.
CONSTANT = 1e-6


@dataclass(frozen=True)
class Standardize:
    """Centring and scaling of every dimension by itself; called with samples, it standardizes them.

    mean, inverse : (D,) float32; inverse is 1 / deviation, and 0 for a dimension that is constant.
    """

    mean: np.ndarray
    inverse: np.ndarray

    @classmethod
    def of(cls, x: np.ndarray) -> "Standardize":
        """Compute the standardization of samples (N, D)."""
        deviation = x.std(axis=0, dtype=np.float64)
        varies = deviation > CONSTANT * np.abs(x).max(axis=0)
        inverse = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=varies)
        return cls(x.mean(axis=0, dtype=np.float64).astype(np.float32), inverse.astype(np.float32))

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Standardize samples (N, D) float32: (N, D) float32."""
        return np.asarray((x - self.mean) * self.inverse)
