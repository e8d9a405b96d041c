"""Annotated boxes and the pictures that they are said to be in: one rule for all lists of boxes.

A face lies in its picture where the middle of its box does. The box itself may reach over the border, as that of a face
which the border cuts does (in folds 1 and 2 of FDDB with up to .62 of its area).
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from eigen2arc.core.image import ImageError, read_size
from eigen2arc.core.types import Faces


def find_outside(boxes: np.ndarray, path: Path) -> np.ndarray:
    """Find those of the boxes (N, 4) x1 y1 x2 y2 that do not lie in the picture ``path``: (N,) bool.

    None of a picture that cannot be read: what is wrong with it is said when its pixels are asked for.
    """
    try:
        size = read_size(path) if len(boxes) else (0, 0)
    except ImageError:
        return np.zeros(len(boxes), bool)
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    inside: np.ndarray = ((middle >= 0) & (middle <= size)).all(axis=1)
    return ~inside


class OutsideFaces:
    """The annotated faces of a set that do not lie in their pictures, which are to be ignored: no hit and no miss."""

    def __init__(self) -> None:
        self.places: list[str] = []

    def ignore(self, faces: Faces, path: Path, place: Callable[[int], str]) -> Faces:
        """Return the faces of a picture with the score 0 for those outside; ``place`` says where the list has one."""
        outside = np.flatnonzero(find_outside(faces.boxes, path))
        if not len(outside):
            return faces
        self.places += map(place, outside.tolist())
        scores = faces.scores.copy()
        scores[outside] = 0
        return Faces(faces.boxes, scores, faces.landmarks)

    def notes(self) -> tuple[str, ...]:
        """Return what is to be said of them, one line where there are any."""
        if not self.places:
            return ()
        return (f"boxes outside their images, to be ignored: {len(self.places):,}, the first is {self.places[0]}",)
