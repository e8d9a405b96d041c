"""One annotated face for each of millions of images: two arrays, and Faces made of them when they are asked for."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np

from eigen2arc.core.types import Faces

from .boxes import find_outside
from .lazy import FileImages

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class FaceTable(Sequence[Faces]):
    """A table of one annotated face per image, as Dataset.faces has them; entry n is empty where nothing is known.

    boxes : (N, 4) float32, x1 y1 x2 y2 in pixels, NaN where nothing is known. landmarks : (N, 5, 2) float32, or None.
    images : where given, an entry is empty, too, and a warning names the image, where its box does not lie in it: to be
    found out when the face is asked for, since it takes the headers of millions of files.
    """

    boxes: np.ndarray
    landmarks: np.ndarray | None
    images: FileImages | None = None

    def __len__(self) -> int:
        return len(self.boxes)

    @overload
    def __getitem__(self, index: int) -> Faces: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Faces, ...]: ...

    def __getitem__(self, index: int | slice) -> Faces | tuple[Faces, ...]:
        if isinstance(index, slice):
            return tuple(self[i] for i in range(*index.indices(len(self))))
        box = self.boxes[index]
        if np.isnan(box).any():
            return Faces.none()
        if self.images is not None and find_outside(box[None], path := self.images.root / self.images.names[index])[0]:
            log.warning("%s: its annotated box lies outside of it, %s: it has no face", path, box.tolist())
            return Faces.none()
        points = None if self.landmarks is None else self.landmarks[index][None]
        return Faces(box[None], np.ones(1), points)
