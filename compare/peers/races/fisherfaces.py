"""Fisherfaces by cv2.face: its projection, and its training."""

import cv2
import numpy as np

from eigen2arc.classical.encode.encoders.fisherfaces import Fisherfaces

from .eigenfaces import linear
from .race import Peer, Race


def _races(encoder: Fisherfaces, crops: np.ndarray, labels: np.ndarray) -> list[Race]:
    return linear("fisherfaces", encoder, crops, labels, cv2.face.FisherFaceRecognizer.create, "cv2.face Fisherfaces")


def build() -> Peer:
    """Build the peer; it has no settings."""
    return _races
