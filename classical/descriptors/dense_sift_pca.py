"""Dense SIFT in a few principal components, with the place of each patch: where an eyebrow ends counts, too.

K. Simonyan et al., "Fisher Vector Faces in the Wild", BMVC 2013, section 3: descriptors are reduced to 64 dimensions by
PCA and get the patch's coordinates appended, [S_xy; x / w - 1/2; y / h - 1/2].
"""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from .dense_sift import SIZE, dense_sift, patch_centres


@dataclass(frozen=True)
class PlacedSIFT:
    """Of images size_px wide, every stride_px, at ``scales`` scales as dense_sift has them.

    mean : (128,) float32. axes : (d, 128) float32, the principal components of RootSIFT descriptors.
    """

    #: The arrays as stored in a file, see core.checks.check_shape.
    SHAPES: ClassVar[dict[str, str]] = {"size_px": "1", "sift_mean": str(SIZE), "sift_axes": f"d {SIZE}"}

    size_px: int
    stride_px: int
    scales: int
    mean: np.ndarray
    axes: np.ndarray

    @property
    def dimensions(self) -> int:
        """Numbers per patch, d + 2."""
        return len(self.axes) + 2

    def describe(self, images: np.ndarray) -> np.ndarray:
        """(N, S, S) uint8 grey images to (N, T, d + 2) float32. Raises ValueError for images of another size."""
        if images.shape[1] != self.size_px:
            raise ValueError(
                f"crops: fitted on {self.size_px} x {self.size_px} pixels, got {images.shape[1]} x {images.shape[2]}"
            )
        descriptors = dense_sift(images, self.stride_px, self.scales)
        placed = np.empty((*descriptors.shape[:2], self.dimensions), np.float32)
        # One image after the other: every product has the same shape, whatever other images there are.
        for one, out in zip(descriptors, placed, strict=True):
            out[:] = self.place(one, self._centres)
        return placed

    def place(self, descriptors: np.ndarray, centres: np.ndarray) -> np.ndarray:
        """Descriptors (M, 128) of the patches at ``centres`` (M, 2), see patch_centres, to (M, d + 2) float32."""
        return np.concatenate([(descriptors - self.mean) @ self.axes.T, centres], axis=1)

    def tensors(self) -> dict[str, np.ndarray]:
        """What was learned, and from what size, by the names of SHAPES."""
        return {"size_px": np.array([self.size_px], np.float32), "sift_mean": self.mean, "sift_axes": self.axes}

    @cached_property
    def _centres(self) -> np.ndarray:
        return patch_centres(self.size_px, self.stride_px, self.scales)
