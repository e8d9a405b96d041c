"""MTCNN as facenet-pytorch runs it: the same weights as our ``mtcnn``, image by image (Zhang et al. 2016)."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np

from eigen2arc.core.bounds import Ge, Le
from eigen2arc.core.checks import check_image
from eigen2arc.core.types import Faces
from eigen2arc.deep.ops.device import torch_device


class FacenetPytorchMtcnn:
    """The package's detector. Settings are build's; a score is O-Net's probability."""

    def __init__(self, min_size_px: int, device: str) -> None:
        from facenet_pytorch import MTCNN  # here, because it is slow to import and seldom asked for

        self.network = MTCNN(min_face_size=min_size_px, keep_all=True, device=torch_device(device))

    def detect(self, images: Sequence[np.ndarray]) -> list[Faces]:
        """Detect faces with five points in uint8 RGB images: one Faces each, best first."""
        for i, image in enumerate(images):
            check_image(image, f"images[{i}]")
        return [self._detect(image) for image in images]

    def _detect(self, image: np.ndarray) -> Faces:
        if min(image.shape[:2]) < self.network.min_face_size:
            return Faces.none()  # the pyramid has no level, of which the package makes an exception
        boxes, scores, points = self.network.detect(image, landmarks=True)
        if boxes is None:
            return Faces.none()
        order = np.argsort(-scores.astype(float), kind="stable")
        return Faces(boxes.astype(np.float32), scores.astype(np.float32), points.astype(np.float32))[order]


def build(*, min_size_px: Annotated[int, Ge(12), Le(100_000)] = 20, device: str = "auto") -> FacenetPytorchMtcnn:
    """Build the detector with the package's own weights and thresholds. min_size_px : the smallest face's side."""
    return FacenetPytorchMtcnn(min_size_px, device)
