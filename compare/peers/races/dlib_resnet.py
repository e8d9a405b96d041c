"""dlib's ResNet by dlib itself."""

from importlib.util import find_spec

import numpy as np

from eigen2arc.deep.encode.encoders.dlib_resnet import WEIGHTS, DlibResnet
from eigen2arc.deep.weights_io.dlib_models import load_dlib, model_file

from .race import Peer, Race


def _races(encoder: DlibResnet, crops: np.ndarray, labels: np.ndarray) -> list[Race]:
    images = min(len(crops), 16)
    if find_spec("dlib") is None:
        return [Race("dlib_resnet", images, encoder.encode)]
    network = load_dlib().face_recognition_model_v1(model_file(WEIGHTS))

    def dlib(some: np.ndarray) -> np.ndarray:
        """The chips in batches as large as ours; its zero jitters mean that each is encoded once, as it is."""
        return np.array(network.compute_face_descriptor([encoder.chip(crop) for crop in some], 0))

    return [Race("dlib_resnet", images, encoder.encode, dlib, "dlib, with the same weights")]


def build() -> Peer:
    """Build the peer; it has no settings."""
    return _races
