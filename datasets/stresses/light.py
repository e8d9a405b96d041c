"""Light from the side: one half of the face bright, the other in the dark."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from eigen2arc.core.bounds import Gt, Le, Length
from eigen2arc.core.luma import to_uint8
from eigen2arc.datasets.generator.degrade import to_linear, to_srgb


@dataclass(frozen=True)
class Light:
    """Light an image from the left or the right, by chance: brighter by half of the stops there, darker on the other.

    Between the face's sides the stops change evenly, beyond them no more; what gets too bright is white.

    levels : in stops, how much brighter one side of the face is lit than the other.
    """

    levels: Annotated[Sequence[Annotated[float, Gt(0), Le(20)]], Length(1)] = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0)
    label: ClassVar[str] = "light: stops between the face's two sides"
    clean: ClassVar[float] = 0.0
    moves_face: ClassVar[bool] = False

    def apply(self, image: np.ndarray, face: np.ndarray, level: float, rng: np.random.Generator) -> np.ndarray:
        side = 1.0 if rng.random() < 0.5 else -1.0
        across = (np.arange(image.shape[1]) + 0.5 - face[0]) / max(1.0, float(face[2] - face[0]))
        stops = side * level * (np.clip(across, 0.0, 1.0) - 0.5)
        return to_uint8(to_srgb(to_linear(image) * (2.0**stops).astype(np.float32)[:, None]))


build = Light
