"""The learning rate of every step: a linear rise, then a fall of one of three kinds."""

import math
from typing import Protocol

from eigen2arc.core.errors import UserError

#: How the rate may fall.
DECAYS = ("cosine", "step", "polynomial")


class Rates(Protocol):
    """The settings that the rate follows from; see training.Schedule."""

    @property
    def steps(self) -> int: ...

    @property
    def warm_up_steps(self) -> int: ...

    @property
    def learning_rate(self) -> float: ...

    @property
    def decay(self) -> str: ...

    @property
    def decay_at(self) -> list[float]: ...

    @property
    def decay_power(self) -> float: ...


def check_rates(settings: Rates) -> None:
    """Raises UserError for a fall that cannot be."""
    if settings.decay not in DECAYS:
        raise UserError(f"setting decay: expected one of {', '.join(DECAYS)}, got {settings.decay!r}")
    if not all(isinstance(share, int | float) and 0 < share < 1 for share in settings.decay_at):
        raise UserError(
            f"setting decay_at: expected shares of the steps, each between 0 and 1, got {settings.decay_at}"
        )


def learning_rate(settings: Rates, step: int) -> float:
    """Of that step, counted from 0. It rises to settings.learning_rate in warm_up_steps (Goyal et al., 2017, section
    2.2) and falls over the rest:

    cosine : half a cosine, to 0 (Loshchilov, Hutter, ICLR 2017, eq. (5), without restarts).
    step : to a tenth at each of ``decay_at``, shares of all steps; what the papers of the margin losses do.
    polynomial : (1 - done)^decay_power, to 0; with power 2 what InsightFace's later recipes do.
    """
    if step < settings.warm_up_steps:
        return settings.learning_rate * (step + 1) / settings.warm_up_steps
    done = (step - settings.warm_up_steps) / max(1, settings.steps - settings.warm_up_steps)
    if settings.decay == "cosine":
        share = 0.5 * (1 + math.cos(math.pi * done))
    elif settings.decay == "step":
        share = 0.1 ** sum(step >= at * settings.steps for at in settings.decay_at)
    else:
        share = (1 - done) ** settings.decay_power
    return settings.learning_rate * share
