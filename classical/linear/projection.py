"""Vectors, or grey crops, onto a few axes: what PCA, LDA and all that rests on them are once they are fitted."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eigen2arc.core.checks import check_crops, check_shape
from eigen2arc.core.image import to_grey

from .batch_invariant_product import fixed_order_product

#: Rows that are made float32 and centred at once.
BLOCK = 64


def grey(crops: np.ndarray) -> np.ndarray:
    """Convert (N, S, S, 3) uint8 RGB crops to (N, S, S) uint8 grey. Raises ValueError for anything else."""
    check_crops(crops)
    return to_grey(crops)


def grey_rows(crops: np.ndarray) -> np.ndarray:
    """Convert (N, S, S, 3) crops to (N, S * S) uint8: one grey image a row."""
    flat = grey(crops)
    return flat.reshape(len(flat), flat.shape[1] * flat.shape[2])


@dataclass(frozen=True)
class LinearProjection:
    """An affine map of vectors, or of grey crops, onto K axes.

    mean : (D,) float32. axes : (K, D) float32. A vector x becomes axes (x - mean), a crop Gamma of S x S pixels (D = S
    * S) omega = axes (Gamma - mean).
    """

    #: As stored in a file: one pattern per tensor, see core.checks.check_shape.
    SHAPES: ClassVar[dict[str, str]] = {"mean": "D", "axes": "K D"}

    mean: np.ndarray
    axes: np.ndarray

    def tensors(self) -> dict[str, np.ndarray]:
        return {"mean": self.mean, "axes": self.axes}

    @property
    def size_px(self) -> int:
        return round(len(self.mean) ** 0.5)

    def transform(self, vectors: np.ndarray) -> np.ndarray:
        """Project vectors (N, D) of any type to (N, K) float32.

        Raises ValueError for vectors of another length than the fitted.
        """
        check_shape(vectors, f"N {len(self.mean)}", "vectors")
        projected = np.empty((len(vectors), len(self.axes)), np.float32)
        for start in range(0, len(vectors), BLOCK):
            centred = np.subtract(vectors[start : start + BLOCK], self.mean, dtype=np.float32, casting="same_kind")
            projected[start : start + len(centred)] = fixed_order_product(centred, self.axes)
        return projected

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Project (N, S, S, 3) uint8 crops to (N, K) float32.

        Raises ValueError for crops of another size than the fitted.
        """
        _, size_px = check_crops(crops)
        if size_px != self.size_px:
            raise ValueError(f"crops: fitted on {self.size_px} x {self.size_px} pixels, got {size_px} x {size_px}")
        return self.transform(grey_rows(crops))
