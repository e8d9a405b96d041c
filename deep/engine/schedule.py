"""How long, how fast and in what batches a network is trained, and the learning rate of every step.

Ours, because torch's schedulers have a state that a checkpoint has to carry: here the rate follows from the step alone.
"""

import math
from dataclasses import dataclass, field

from eigen2arc.core.errors import UserError

#: How the rate may fall.
DECAYS = ("cosine", "step", "polynomial")


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """The settings that every training has. They and the data decide what comes out."""

    seed: int = 0  # of weights, order and augmentation
    batch_size: int = 128  # samples, over all devices
    steps: int = 3000  # batches
    warm_up_steps: int = 100  # batches in which the learning rate rises from 0
    learning_rate: float = 0.1  # of SGD, at its peak
    decay: str = "cosine"  # how it falls from there: cosine, step or polynomial; see learning_rate()
    decay_at: list[float] = field(default_factory=lambda: [0.5, 0.75, 0.9])  # of step: shares of all steps
    decay_power: float = 2.0  # of polynomial
    adam_steps: int = 0  # batches, the first, after which Adam moves the weights; then SGD does
    adam_learning_rate: float = 1e-3  # of Adam, at its peak
    momentum: float = 0.9  # share of the last step that is taken again
    weight_decay: float = 5e-4  # per step and learning rate; of matrices and kernels only
    mixed_precision: str = "no"  # "bf16" or, on a GPU, "fp16": faster where the chip has instructions for it
    verify_every_steps: int = 250  # batches between two evaluations on held-out data
    save_every_s: float = 60.0  # seconds between two saved states


def check_decay(schedule: Schedule) -> None:
    """Raise UserError for a decay of the learning rate that does not exist or falls outside of the training."""
    if schedule.decay not in DECAYS:
        raise UserError(f"setting decay: expected one of {', '.join(DECAYS)}, got {schedule.decay!r}")
    if not all(isinstance(share, int | float) and 0 < share < 1 for share in schedule.decay_at):
        raise UserError(
            f"setting decay_at: expected shares of the steps, each between 0 and 1, got {schedule.decay_at}"
        )


def learning_rate(schedule: Schedule, step: int) -> float:
    """Compute the learning rate of a step, counted from 0.

    It rises to schedule.learning_rate in warm_up_steps (Goyal et al., 2017, section 2.2) and falls over the rest:

    cosine : half a cosine, to 0 (Loshchilov, Hutter, ICLR 2017, eq. (5), without restarts).
    step : to a tenth at each of ``decay_at``, shares of all steps; what the papers of the margin losses do.
    polynomial : (1 - done)^decay_power, to 0; with power 2 what InsightFace's later recipes do.
    """
    if step < schedule.warm_up_steps:
        return schedule.learning_rate * (step + 1) / schedule.warm_up_steps
    done = (step - schedule.warm_up_steps) / max(1, schedule.steps - schedule.warm_up_steps)
    if schedule.decay == "cosine":
        share = 0.5 * (1 + math.cos(math.pi * done))
    elif schedule.decay == "step":
        share = 0.1 ** sum(step >= at * schedule.steps for at in schedule.decay_at)
    else:
        share = (1 - done) ** schedule.decay_power
    return schedule.learning_rate * share
