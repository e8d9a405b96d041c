"""Low resolution: the image is taken so small that the face is a few pixels wide, and enlarged again."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from eigen2arc.core.bounds import Ge, Le, Length
from eigen2arc.datasets.generator.degrade import lower_resolution


@dataclass(frozen=True)
class Resolution:
    """Take an image so small that its face has so many pixels across, and enlarge it to its own size.

    An image whose face is no wider than that stays as it is.

    levels : the face's width in pixels.
    """

    levels: Annotated[Sequence[Annotated[float, Ge(1), Le(4096)]], Length(1)] = (64.0, 48.0, 32.0, 24.0, 16.0, 12.0)
    label: ClassVar[str] = "resolution: the face's width in pixels"
    clean: ClassVar[float] = math.inf
    moves_face: ClassVar[bool] = False

    def apply(self, image: np.ndarray, face: np.ndarray, level: float, rng: np.random.Generator) -> np.ndarray:
        width = float(face[2] - face[0])
        return lower_resolution(image, level / width) if level < width else image.copy()


build = Resolution
