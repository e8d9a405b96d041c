"""Five points onto the ArcFace template: the crop that modern encoders expect."""

from dataclasses import dataclass

import numpy as np

from eigen2arc.core.align import align_points, template_points
from eigen2arc.core.bounds import Positive, SidePx
from eigen2arc.core.types import Faces


@dataclass(frozen=True)
class FivePoint:
    """Aligner by the similarity transform of eyes, nose and mouth corners onto the template of core/align.py.

    The least-squares fit is core.geometry.similarity_transform.

    size_px : side of the crop. zoom : 1 as in the template; 0.7 draws the face smaller, so that hair and chin show.
    """

    size_px: SidePx = 112
    zoom: Positive = 1.0

    def align(self, image: np.ndarray, faces: Faces) -> np.ndarray:
        """Cut faces out of an image, aligned by five points, as (N, S, S, 3) uint8 RGB crops.

        A point that is NaN is left out; without points, those of the box are used.
        """
        return align_points(image, faces, template_points(self.size_px, self.zoom), self.size_px)


build = FivePoint
