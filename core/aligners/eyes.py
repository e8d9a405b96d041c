"""Both eyes at fixed points of the crop: how faces were aligned before five points could be found."""

import numpy as np

from eigen2arc.core.align import align_points
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Faces


class Eyes:
    """Aligner by the similarity that puts the two eyes exactly where the template of core/align.py has them."""

    def __init__(self, size_px: int, zoom: float) -> None:
        self.size_px = size_px
        self.zoom = zoom

    def align(self, image: np.ndarray, faces: Faces) -> np.ndarray:
        """Cut faces out of an image, aligned by the eyes, as (N, S, S, 3) uint8 RGB crops.

        Where an eye is NaN, both are taken from their usual points in the box.
        """
        return align_points(image, faces, self.size_px, slice(0, 2), self.zoom)


def build(*, size_px: int = 112, zoom: float = 1.0) -> Eyes:
    """Build the aligner that puts both eyes where the template has them.

    size_px : side of the crop. zoom : 1 as in the template; 0.7 draws the face smaller, so that hair and chin show.
    Raises UserError.
    """
    if size_px < 1 or not zoom > 0:
        raise UserError(f"eyes: expected size_px of at least 1 and zoom above 0, got {size_px} and {zoom:g}")
    return Eyes(size_px, zoom)
