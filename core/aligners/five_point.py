"""Five points onto the ArcFace template: the crop that modern encoders expect."""

import numpy as np

from eigen2arc.core.align import align_points
from eigen2arc.core.types import Faces


class FivePoint:
    """Similarity transform of eyes, nose and mouth corners onto the template of core/align.py."""

    def __init__(self, size_px: int) -> None:
        self.size_px = size_px

    def align(self, image: np.ndarray, faces: Faces) -> np.ndarray:
        """(N, S, S, 3) uint8 RGB crops. A point that is NaN is left out; without points, those of the box are used."""
        return align_points(image, faces, self.size_px, slice(0, 5))


def build(*, size_px: int = 112) -> FivePoint:
    """size_px : side of the crop."""
    return FivePoint(size_px)
