"""The box alone: no rotation, no points."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from eigen2arc.core.bounds import Gt, Le, SidePx
from eigen2arc.core.geometry import warp
from eigen2arc.core.types import Faces


@dataclass(frozen=True)
class Box:
    """The square around the box's centre, as large as its longer side plus a margin; or the box itself, stretched.

    size_px : side of the crop. margin : how much larger than the box the square is, 0.2 for a fifth.
    stretch : fill the crop with the box, each side scaled for itself, instead of with the square around it: for
    upright images that are all of one form, where the square would have bars at the sides.
    """

    size_px: SidePx = 112
    margin: Annotated[float, Gt(-1), Le(10)] = 0.0
    stretch: bool = False

    def align(self, image: np.ndarray, faces: Faces) -> np.ndarray:
        """Cut the boxes out of an image as (N, S, S, 3) uint8 RGB crops; what lies outside the image is black."""
        crops = np.zeros((len(faces), self.size_px, self.size_px, 3), np.uint8)
        for crop, (x1, y1, x2, y2) in zip(crops, faces.boxes.astype(np.float64), strict=True):
            sides = np.array([x2 - x1, y2 - y1]) * (1 + self.margin)
            if not self.stretch:
                sides[:] = sides.max()
            if sides.min() <= 0:
                continue  # a box without extent: the crop stays black
            scale = self.size_px / sides
            corner = np.array([x1 + x2, y1 + y2]) / 2 - sides / 2
            # Pixel centres lie at whole numbers, box edges between them: hence the two halves.
            shift = scale * (0.5 - corner) - 0.5
            crop[:] = warp(image, np.column_stack([np.diag(scale), shift]), self.size_px)
        return crops


build = Box
