"""Both eyes at fixed points of the crop: how faces were aligned before five points could be found."""

from dataclasses import dataclass

import numpy as np

from eigen2arc.core.align import align_points, template_points
from eigen2arc.core.bounds import Positive, SidePx
from eigen2arc.core.types import Faces


@dataclass(frozen=True)
class Eyes:
    """Aligner by the similarity that puts the two eyes exactly where the template of core/align.py has them.

    size_px : side of the crop. zoom : 1 as in the template; 0.7 draws the face smaller, so that hair and chin show.
    """

    size_px: SidePx = 112
    zoom: Positive = 1.0

    def align(self, image: np.ndarray, faces: Faces) -> np.ndarray:
        """Cut faces out of an image, aligned by the eyes, as (N, S, S, 3) uint8 RGB crops.

        Where an eye is NaN, both are taken from their usual points in the box.
        """
        template = template_points(self.size_px, self.zoom)
        template[2:] = np.nan
        return align_points(image, faces, template, self.size_px)


build = Eyes
