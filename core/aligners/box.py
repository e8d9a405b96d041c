"""The box alone: no rotation, no points."""

import numpy as np

from eigen2arc.core.geometry import warp
from eigen2arc.core.types import Faces


class Box:
    """The square around the box's centre, as large as its longer side plus a margin."""

    def __init__(self, size_px: int, margin: float) -> None:
        self.size_px = size_px
        self.margin = margin

    def align(self, image: np.ndarray, faces: Faces) -> np.ndarray:
        """(N, S, S, 3) uint8 RGB crops; what lies outside the image is black."""
        crops = np.zeros((len(faces), self.size_px, self.size_px, 3), np.uint8)
        for crop, (x1, y1, x2, y2) in zip(crops, faces.boxes.astype(np.float64), strict=True):
            side = max(x2 - x1, y2 - y1) * (1 + self.margin)
            if side <= 0:
                continue  # a box without extent: the crop stays black
            scale = self.size_px / side
            left, top = (x1 + x2 - side) / 2, (y1 + y2 - side) / 2
            # Pixel centres lie at whole numbers, box edges between them: hence the two halves.
            shift_x, shift_y = scale * (0.5 - left) - 0.5, scale * (0.5 - top) - 0.5
            crop[:] = warp(image, np.array([[scale, 0, shift_x], [0, scale, shift_y]]), self.size_px)
        return crops


def build(*, size_px: int = 112, margin: float = 0.0) -> Box:
    """size_px : side of the crop. margin : how much larger than the box the square is, 0.2 for a fifth."""
    return Box(size_px, margin)
