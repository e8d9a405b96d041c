"""Rotation in the image's plane: a head to one side, or a camera held askew."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import cv2
import numpy as np

from eigen2arc.core.bounds import Gt, Le, Length


@dataclass(frozen=True)
class Rotation:
    """Rotate an image about its face's centre, to the left or to the right by chance; beyond its border it is mirrored.

    levels : in degrees.
    """

    levels: Annotated[Sequence[Annotated[float, Gt(0), Le(180)]], Length(1)] = (15.0, 30.0, 45.0, 60.0, 90.0, 180.0)
    label: ClassVar[str] = "rotation: degrees in the image's plane"
    clean: ClassVar[float] = 0.0
    moves_face: ClassVar[bool] = True

    def apply(self, image: np.ndarray, face: np.ndarray, level: float, rng: np.random.Generator) -> np.ndarray:
        side = 1.0 if rng.random() < 0.5 else -1.0
        # A pixel's centre has whole coordinates here, and half ones in a box.
        x, y = (float(middle) - 0.5 for middle in (face[:2] + face[2:]) / 2)
        turn = cv2.getRotationMatrix2D((x, y), side * level, 1.0)
        size = image.shape[1], image.shape[0]
        return np.asarray(cv2.warpAffine(image, turn, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101))


build = Rotation
