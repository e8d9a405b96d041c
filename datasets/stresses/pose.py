"""Pose: the head turned further away from the camera. For images that are drawn."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np

from eigen2arc.core.bounds import Gt, Le, Length
from eigen2arc.datasets.generator.factors import Factors

#: A head in profile.
FURTHEST_DEG = 90.0


@dataclass(frozen=True)
class Pose:
    """Turn a head to the side to which it looks already, at most to a profile; one that looks ahead to its left.

    levels : in degrees of yaw, added to those that it is turned already.
    """

    levels: Annotated[Sequence[Annotated[float, Gt(0), Le(90)]], Length(1)] = (15.0, 30.0, 45.0, 60.0, 75.0)
    label: ClassVar[str] = "pose: degrees turned further to the side"
    clean: ClassVar[float] = 0.0
    moves_face: ClassVar[bool] = True

    def change(self, factors: Factors, level: float, rng: np.random.Generator) -> Factors:
        side = 1.0 if factors.yaw_deg >= 0.0 else -1.0
        return replace(factors, yaw_deg=side * min(abs(factors.yaw_deg) + level, FURTHEST_DEG))


build = Pose
