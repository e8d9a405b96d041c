"""Occlusion: a grey bar before the face, from one of its sides."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from eigen2arc.core.bounds import Gt, Le, Length

GREY = 128


@dataclass(frozen=True)
class Occlusion:
    """Cover a share of the face with a grey bar that comes from its top, bottom, left or right, by chance.

    At every level it comes from the same side: it only reaches further.

    levels : the share of the face's box that is covered.
    """

    levels: Annotated[Sequence[Annotated[float, Gt(0), Le(1)]], Length(1)] = (0.1, 0.2, 0.3, 0.4, 0.5, 0.7)
    label: ClassVar[str] = "occlusion: share of the face that is covered"
    clean: ClassVar[float] = 0.0
    moves_face: ClassVar[bool] = False

    def apply(self, image: np.ndarray, face: np.ndarray, level: float, rng: np.random.Generator) -> np.ndarray:
        box, side = np.array(face, np.float64), int(rng.integers(4))  # the side that the bar leaves free
        width, height = box[2:] - box[:2]
        box[side] += (1 - level) * (width, height, -width, -height)[side]
        covered = image.copy()
        x1, y1, x2, y2 = np.clip(np.rint(box), 0, None).astype(int)
        covered[y1:y2, x1:x2] = GREY
        return covered


build = Occlusion
