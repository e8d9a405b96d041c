"""Age: the same person, years later. For images that are drawn."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np

from eigen2arc.core.bounds import Gt, Le, Length
from eigen2arc.datasets.generator.factors import Factors

#: As old as the generator draws people.
OLDEST_YEARS = 80.0


@dataclass(frozen=True)
class Age:
    """Draw a person older, at most 80 years old: wrinkles, grey hair, sagging.

    levels : in years, added to those of the image.
    """

    levels: Annotated[Sequence[Annotated[float, Gt(0), Le(62)]], Length(1)] = (10.0, 20.0, 30.0, 40.0, 50.0)
    label: ClassVar[str] = "age: years older"
    clean: ClassVar[float] = 0.0
    moves_face: ClassVar[bool] = True

    def change(self, factors: Factors, level: float, rng: np.random.Generator) -> Factors:
        return replace(factors, age_years=max(factors.age_years, min(factors.age_years + level, OLDEST_YEARS)))


build = Age
