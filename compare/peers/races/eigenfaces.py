"""Eigenfaces by cv2.face: its projection, and its training."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from eigen2arc.classical.encode.encoders.eigenfaces import Eigenfaces
from eigen2arc.classical.linear.projection import grey
from eigen2arc.core import plugins
from eigen2arc.core.stages import Encoder, FittedEncoder

from .race import Peer, Race


def _races(encoder: Eigenfaces, crops: np.ndarray, labels: np.ndarray) -> list[Race]:
    components = encoder.encode(crops[:1]).shape[1]
    create = cv2.face.EigenFaceRecognizer.create
    return linear("eigenfaces", encoder, crops, labels, lambda: create(components), "cv2.face Eigenfaces")


def linear(
    name: str, encoder: Encoder, crops: np.ndarray, labels: np.ndarray, create: Callable[[], Any], peer: str
) -> list[Race]:
    """List what is to be timed for a linear encoder and a recognizer of cv2.face.

    cv2.face projects when it predicts, one image, and compares it with all it knows; PCAProject only projects.
    """

    def train(some: np.ndarray) -> Any:
        recognizer = create()
        recognizer.train(list(grey(some)), labels[: len(some)].astype(np.int32))
        return recognizer

    trained = train(crops)
    mean, axes = trained.getMean().astype(np.float32), trained.getEigenVectors().T.astype(np.float32)

    def project(some: np.ndarray) -> np.ndarray:
        rows = grey(some).reshape(len(some), -1).astype(np.float32)
        return cv2.PCAProject(rows, mean, axes)

    fresh = plugins.build("encoder", name)
    assert isinstance(fresh, FittedEncoder)
    return [
        Race(name, len(crops), encoder.encode, project, f"{peer}, PCAProject"),
        Race(
            f"{name}, fit and encode",
            len(crops),
            lambda some: fresh.fit(some, labels).encode(some),
            train,
            f"{peer}, train",
        ),
    ]


def build() -> Peer:
    """Build the peer; it has no settings."""
    return _races
