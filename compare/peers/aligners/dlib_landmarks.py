"""face_recognition's own way from a box to a chip: dlib's five landmarks in the box, turned onto its mean shape.

It takes nothing of a face but the box, which dlib's predictors expect to be that of the detector ``dlib_hog``. Needs
the extra ``dlib``.
"""

from typing import Any

import numpy as np

from eigen2arc.core.align import DLIB_PADDING
from eigen2arc.core.bounds import SidePx
from eigen2arc.core.types import Faces
from eigen2arc.deep.weights_io.dlib_models import load_dlib, model_file


class DlibLandmarks:
    """The aligner with its shape predictor. size_px : build's."""

    def __init__(self, dlib: Any, size_px: int) -> None:
        self.dlib, self.size_px = dlib, size_px
        self.predictor = dlib.shape_predictor(model_file("shape_predictor_5_face_landmarks.dat"))

    def align(self, image: np.ndarray, faces: Faces) -> np.ndarray:
        """Cut the faces out of an image, aligned by landmarks of its own, as (N, S, S, 3) uint8 RGB crops."""
        crops = np.zeros((len(faces), self.size_px, self.size_px, 3), np.uint8)
        pixels = np.ascontiguousarray(image)
        for crop, (left, top, right, bottom) in zip(crops, faces.boxes.round().astype(int).tolist(), strict=True):
            if right > left and bottom > top:
                # dlib's right and bottom are inclusive.
                shape = self.predictor(pixels, self.dlib.rectangle(left, top, right - 1, bottom - 1))
                crop[:] = self.dlib.get_face_chip(pixels, shape, size=self.size_px, padding=DLIB_PADDING)
        return crops


def build(*, size_px: SidePx = 150) -> DlibLandmarks:
    """Build the aligner.

    size_px : side of the crop; dlib's network takes 150. Raises UserError where a package is missing.
    """
    return DlibLandmarks(load_dlib(), size_px)
