"""Eyes and mouth corners onto dlib's mean shape: the chip that dlib's face network expects, without dlib."""

from dataclasses import dataclass

import numpy as np

from eigen2arc.core.align import align_points, dlib_points
from eigen2arc.core.bounds import SidePx
from eigen2arc.core.types import Faces


@dataclass(frozen=True)
class DlibChip:
    """Aligner by the similarity transform of the eyes and the mouth corners onto the template of dlib's face chip.

    dlib itself fits the points of its shape predictor: two corners of each eye and the nose's base, or 68 points. The
    four that our detectors find lie in the same mean shape (dlib/image_transforms/interpolation.h,
    get_face_chip_details).

    size_px : side of the crop; dlib's network takes 150.
    """

    size_px: SidePx = 150

    def align(self, image: np.ndarray, faces: Faces) -> np.ndarray:
        """Cut faces out of an image, aligned by four points, as (N, S, S, 3) uint8 RGB crops.

        A point that is NaN is left out; without points, those of the box are used.
        """
        return align_points(image, faces, dlib_points(self.size_px), self.size_px)


build = DlibChip
