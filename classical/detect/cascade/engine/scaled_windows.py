"""Scanning with the window enlarged, in place of the image reduced.

P. Viola, M. Jones, IJCV 57(2), 2004: a rectangle's sum costs the same at any size, so the features themselves are
scaled and the image stays as it is. Rounded corners change a rectangle's area; its weight makes up for that. Between
the two ways lies a Gaussian pyramid: the image is halved, the window is enlarged by less than two. `bench
pyramid` compares the three.
"""

from dataclasses import dataclass

import numpy as np

from eigen2arc.classical.detect.haar.features import HaarFeatures
from eigen2arc.classical.image.gaussian_pyramid import gaussian_pyramid
from eigen2arc.classical.image.scale_pyramid import Level, scales_for, window_at

from .cascade import Cascade

#: The largest side of an enlarged window: the squares of its pixels have to sum up in 32 bits, see integral_images.
MAX_WINDOW_PX = 256


def enlarge(cascade: Cascade, scale: float) -> Cascade:
    """Enlarge a cascade's window and its features by ``scale`` >= 1.

    Raises ValueError for features other than upright Haar features, and for a window above MAX_WINDOW_PX.
    """
    features = cascade.features
    if not isinstance(features, HaarFeatures) or features.tilted.any():
        raise ValueError("only upright Haar features are enlarged")
    window_px = window_at(cascade.window_px, scale)
    if max(window_px) > MAX_WINDOW_PX:
        raise ValueError(f"a window of {window_px[0]} x {window_px[1]} pixels, {MAX_WINDOW_PX} is the largest side")
    low, size = features.rectangles[:, :, :2], features.rectangles[:, :, 2:]
    # Corners, not sizes, are rounded: rectangles that touched still do.
    corner = np.rint(low * scale).astype(np.int64)
    rectangles = np.concatenate([corner, np.rint((low + size) * scale).astype(np.int64) - corner], axis=2)
    # As the values are divided by the area inside the window, a rectangle's share of that area has to stay.
    grown = np.prod(np.subtract(window_px, 2)) / np.prod(np.subtract(cascade.window_px, 2))
    area, new_area = size.prod(axis=2), rectangles[:, :, 2:].prod(axis=2)
    share = np.divide(area * grown, new_area, out=np.zeros(area.shape), where=new_area > 0)
    weights = (features.weights * share).astype(np.float32)
    return Cascade(window_px, cascade.stages, HaarFeatures(rectangles, weights, features.tilted))


@dataclass(frozen=True)
class _Scan:
    """One scale: the image is halved ``octave`` times and scanned by ``cascade``, which moves by ``step_px``."""

    octave: int
    cascade: Cascade
    step_px: int

    def windows(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Find windows in the halved image: boxes (N, 4) x y width height in the whole one, and weights (N,)."""
        width, height = self.cascade.window_px
        columns, rows = max(image.shape[1] + 1 - width, 0), max(image.shape[0] + 1 - height, 0)
        size_px = (image.shape[1], image.shape[0])
        passed = self.cascade.scan(Level(np.float32(1), size_px, self.step_px, columns, rows), image)
        row, column = np.nonzero(passed > -np.inf)
        # Pixel i of the halved image lies where pixel 2i was, so its left edge lies half of the difference before.
        pixel = 2**self.octave
        corners = np.stack([column, row], axis=1) * self.step_px * pixel - (pixel - 1) / 2
        sides = np.broadcast_to(np.multiply((width, height), pixel), (len(row), 2))
        return np.rint(np.concatenate([corners, sides], axis=1)).astype(np.int64), passed[row, column]


@dataclass(frozen=True)
class ScaledWindows:
    """A cascade made ready for images of one size, (width, height): what depends on the scales is computed once."""

    image_px: tuple[int, int]
    scans: tuple[_Scan, ...]

    @classmethod
    def of(
        cls,
        cascade: Cascade,
        image_px: tuple[int, int],
        factor: float,
        min_size_px: int,
        max_size_px: int,
        octaves: int,
    ) -> "ScaledWindows":
        """Enlarge a cascade for every scale at which images of one size are scanned.

        factor, min_size_px, max_size_px : as for Cascade.windows; the last at most MAX_WINDOW_PX * 2**octaves.
        octaves : how often the image may be halved; 0 enlarges the window to every size. Raises ValueError as enlarge.
        """
        scans = []
        for scale in map(float, scales_for(image_px, cascade.window_px, factor, min_size_px, max_size_px)):
            octave = min(int(np.log2(scale)), octaves)
            # The window moves as far as on a reduced image: two of its pixels below scale 2, one above.
            step_px = round((2 if scale < 2 else 1) * scale / 2**octave)
            scans.append(_Scan(octave, enlarge(cascade, scale / 2**octave), step_px))
        return cls(image_px, tuple(scans))

    def windows(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Find all windows of a grey image (H, W) uint8 that pass, from small to large, as Cascade.windows does."""
        if image.shape != self.image_px[::-1]:
            raise ValueError(f"image: expected {self.image_px[0]} x {self.image_px[1]} pixels, got {image.shape}")
        pyramid = gaussian_pyramid(image, 1 + max((scan.octave for scan in self.scans), default=0))
        found = [scan.windows(pyramid[scan.octave]) for scan in self.scans]
        boxes, weights = zip((np.zeros((0, 4), np.int64), np.zeros(0)), *found, strict=True)
        return np.concatenate(boxes), np.concatenate(weights)
