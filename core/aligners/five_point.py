"""Five points onto the ArcFace template: the crop that modern encoders expect."""

import numpy as np

from eigen2arc.core.align import align_points
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Faces


class FivePoint:
    """Aligner by the similarity transform of eyes, nose and mouth corners onto the template of core/align.py.

    The least-squares fit is core.geometry.similarity_transform.
    """

    def __init__(self, size_px: int, zoom: float) -> None:
        self.size_px = size_px
        self.zoom = zoom

    def align(self, image: np.ndarray, faces: Faces) -> np.ndarray:
        """Cut faces out of an image, aligned by five points, as (N, S, S, 3) uint8 RGB crops.

        A point that is NaN is left out; without points, those of the box are used.
        """
        return align_points(image, faces, self.size_px, slice(0, 5), self.zoom)


def build(*, size_px: int = 112, zoom: float = 1.0) -> FivePoint:
    """Build the aligner that puts eyes, nose and mouth corners where the template has them.

    size_px : side of the crop. zoom : 1 as in the template; 0.7 draws the face smaller, so that hair and chin show.
    Raises UserError.
    """
    if size_px < 1 or not zoom > 0:
        raise UserError(f"five_point: expected size_px of at least 1 and zoom above 0, got {size_px} and {zoom:g}")
    return FivePoint(size_px, zoom)
