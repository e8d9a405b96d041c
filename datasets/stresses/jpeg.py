"""JPEG compression, as by a messenger or a camera that saves disk."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from eigen2arc.core.bounds import Ge, Length, Lt
from eigen2arc.datasets.generator.degrade import compress


@dataclass(frozen=True)
class Jpeg:
    """Compress an image as JPEG, at its own size, and decode it again.

    levels : the quality, 1 to 99, as libjpeg counts it.
    """

    levels: Annotated[Sequence[Annotated[int, Ge(1), Lt(100)]], Length(1)] = (50, 30, 20, 10, 5, 2)
    label: ClassVar[str] = "JPEG: quality"
    clean: ClassVar[float] = 100.0
    moves_face: ClassVar[bool] = False

    def apply(self, image: np.ndarray, face: np.ndarray, level: float, rng: np.random.Generator) -> np.ndarray:
        return compress(np.ascontiguousarray(image), int(level))


build = Jpeg
