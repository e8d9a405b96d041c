"""Eigenfaces as OpenCV has them: cv2.face.EigenFaceRecognizer (Turk and Pentland 1991)."""

from typing import Annotated

import cv2
import numpy as np

from eigen2arc.classical.estimators.base import ImageEncoder, or_fitted
from eigen2arc.core.bounds import Ge

from ._cv2_face import Cv2Projection, trained


class OpenCVEigenfaces(ImageEncoder):
    """The recognizer's projection; the nearest vector in Euclidean distance is what its predict finds.

    projection_ : Cv2Projection.

    components : how many eigenfaces; 0, as OpenCV has it, for as many as there are images. OpenCV takes 7 seconds
    to learn from 600 crops of 112 pixels, and more than twice that for twice as many.
    """

    matcher = "euclidean"
    projection_: Cv2Projection

    def __init__(self, components: Annotated[int, Ge(0)] = 0) -> None:
        self.components = components

    @property
    def learns_from(self) -> str:
        """The images alone."""
        return "images"

    def fit(self, crops: np.ndarray, labels: np.ndarray) -> "OpenCVEigenfaces":
        """Learn the eigenfaces of (N, S, S, 3) uint8 crops; who they show (``labels``) plays no part."""
        recognizer = cv2.face.EigenFaceRecognizer.create(self.components)
        self.projection_ = trained(recognizer, crops, labels)
        return self

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode (N, S, S, 3) uint8 crops as weights (N, K) float32. Raises UserError before fit."""
        self.check_fitted()
        return self.projection_.encode(crops)


build = or_fitted(OpenCVEigenfaces)
