"""Gaussian blur, as of a lens out of focus or a face too near."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from eigen2arc.core.bounds import Gt, Le, Length
from eigen2arc.datasets.generator import degrade


@dataclass(frozen=True)
class Blur:
    """Blur an image by a Gaussian whose standard deviation is a share of the face's width.

    levels : the shares; 0.05 is 5 pixels of a face of 100.
    """

    levels: Annotated[Sequence[Annotated[float, Gt(0), Le(1)]], Length(1)] = (0.01, 0.02, 0.03, 0.045, 0.065, 0.09)
    label: ClassVar[str] = "blur: standard deviation, share of the face's width"
    clean: ClassVar[float] = 0.0
    moves_face: ClassVar[bool] = False

    def apply(self, image: np.ndarray, face: np.ndarray, level: float, rng: np.random.Generator) -> np.ndarray:
        return degrade.blur(image, level * max(1.0, float(face[2] - face[0])))


build = Blur
