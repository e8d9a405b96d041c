"""Gaussian noise, as of a sensor in the dark."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from eigen2arc.core.bounds import Gt, Le, Length
from eigen2arc.core.luma import to_uint8
from eigen2arc.datasets.generator.degrade import add_noise


@dataclass(frozen=True)
class Noise:
    """Add Gaussian noise to an image, to each pixel and colour on its own; the grain is the same at every level.

    levels : the standard deviation in grey levels, of 255.
    """

    levels: Annotated[Sequence[Annotated[float, Gt(0), Le(255)]], Length(1)] = (8.0, 16.0, 25.0, 40.0, 60.0, 90.0)
    label: ClassVar[str] = "noise: standard deviation in grey levels"
    clean: ClassVar[float] = 0.0
    moves_face: ClassVar[bool] = False

    def apply(self, image: np.ndarray, face: np.ndarray, level: float, rng: np.random.Generator) -> np.ndarray:
        return to_uint8(add_noise(image, level, rng))


build = Noise
