"""What a loss is given in the table besides its defaults: only what a small budget makes necessary."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: The papers' 64 is for some ten thousand people and long training. NormFace's Proposition 2 (Wang et al., ACM MM 2017)
#: says what a scale has to allow: the softmax of C classes can come near 1 only if s is some log C, and for 400 people
#: 30 is four times what p = 0.9 needs; with more the loss is steep where nothing has been learned yet.
SMALL_SCALE = {"scale": 30.0}
SMALL_SCALE_REASON = "scale 30, not 64: few people and few steps"

#: SphereFace's annealing ends after 1,660 batches, which a small budget may not have: here it ends after half of it.
ANNEALING_REASON = "annealing ends after half of the steps"
LAMBDA_BASE, LAMBDA_LEAST, ANNEALED = 1000.0, 5.0, 0.5

#: Steps from which on a budget is not small.
LONG = 5000


@dataclass(frozen=True)
class Recipe:
    """settings : of the loss. annealed : lambda_gamma follows from the steps. reason : why, printed in the report."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    annealed: bool = False
    reason: str = ""

    def of(self, steps: int) -> dict[str, Any]:
        """The loss's settings in a training of so many steps."""
        # lambda = base / (1 + gamma iteration) is least at the iteration ANNEALED * steps.
        gamma = {"lambda_gamma": round((LAMBDA_BASE / LAMBDA_LEAST - 1) / (ANNEALED * steps), 6)}
        return {**self.settings, **(gamma if self.annealed else {})}


_SMALL_SCALE = Recipe(SMALL_SCALE, reason=SMALL_SCALE_REASON)
_ANNEALED = Recipe(annealed=True, reason=ANNEALING_REASON)

RECIPES: dict[str, Recipe] = {
    "cosface": _SMALL_SCALE,
    "arcface": _SMALL_SCALE,
    "combined_margin": _SMALL_SCALE,
    "curricularface": _SMALL_SCALE,
    "magface": _SMALL_SCALE,
    "adaface": _SMALL_SCALE,
    "subcenter_arcface": _SMALL_SCALE,
    "l_softmax": _ANNEALED,
    "sphereface": _ANNEALED,
}


def recipe(loss: str, steps: int) -> Recipe:
    """That of a loss; its defaults where it needs nothing else, as in a training as long as the papers'."""
    return RECIPES.get(loss, Recipe()) if steps < LONG else Recipe()
