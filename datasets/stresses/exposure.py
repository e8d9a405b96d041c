"""Under-exposure: less light on all of the image, and so fewer grey levels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from eigen2arc.core.bounds import Gt, Le, Length
from eigen2arc.core.luma import to_uint8
from eigen2arc.datasets.generator.degrade import to_linear, to_srgb


@dataclass(frozen=True)
class Exposure:
    """Halve the light of an image so many times; what is left is stored in whole grey levels again.

    levels : in stops: 1 is half of the light, 2 a quarter.
    """

    levels: Annotated[Sequence[Annotated[float, Gt(0), Le(20)]], Length(1)] = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
    label: ClassVar[str] = "exposure: stops too dark"
    clean: ClassVar[float] = 0.0
    moves_face: ClassVar[bool] = False

    def apply(self, image: np.ndarray, face: np.ndarray, level: float, rng: np.random.Generator) -> np.ndarray:
        return to_uint8(to_srgb(to_linear(image) * np.float32(2.0**-level)))


build = Exposure
