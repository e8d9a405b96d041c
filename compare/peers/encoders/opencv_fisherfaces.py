"""Fisherfaces as OpenCV has them: cv2.face.FisherFaceRecognizer (Belhumeur et al. 1997)."""

from typing import Annotated

import cv2
import numpy as np

from eigen2arc.classical.estimators.base import ImageEncoder, or_fitted
from eigen2arc.core.bounds import Ge
from eigen2arc.core.errors import UserError

from ._cv2_face import Cv2Projection, trained


class OpenCVFisherfaces(ImageEncoder):
    """The recognizer's projection; the nearest vector in Euclidean distance is what its predict finds.

    projection_ : Cv2Projection.

    components : how many axes; 0, as OpenCV has it, for one less than people. OpenCV takes 10 seconds to learn
    from 600 crops of 112 pixels, and more than twice that for twice as many.
    """

    matcher = "euclidean"
    projection_: Cv2Projection

    def __init__(self, components: Annotated[int, Ge(0)] = 0) -> None:
        self.components = components

    def fit(self, crops: np.ndarray, labels: np.ndarray) -> "OpenCVFisherfaces":
        """Learn from (N, S, S, 3) uint8 crops of the people ``labels`` (N,).

        Raises UserError if there are fewer than two people, or none has more than one image.
        """
        if not 1 < len(np.unique(labels)) < len(labels):
            raise UserError("opencv_fisherfaces learn from two people or more, one with two images at least")
        recognizer = cv2.face.FisherFaceRecognizer.create(self.components)
        self.projection_ = trained(recognizer, crops, labels)
        return self

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode (N, S, S, 3) uint8 crops as (N, K) float32. Raises UserError before fit."""
        self.check_fitted()
        return self.projection_.encode(crops)


build = or_fitted(OpenCVFisherfaces)
