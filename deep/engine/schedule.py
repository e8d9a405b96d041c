"""How long, how fast and in what batches a network is trained, and the learning rate of every step.

Ours, because torch's schedulers have a state that a checkpoint has to carry: here the rate follows from the step alone.
"""

import math
from dataclasses import dataclass, field
from typing import Annotated, Literal

from eigen2arc.core.bounds import Count, Ge, Gt, Lt, Natural, NonNegative, Positive, Seed

Precision = Literal["no", "bf16", "fp16"]


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """The settings that every training has. They and the data decide what comes out."""

    seed: Seed = 0  # of weights, order and augmentation
    batch_size: Count = 128  # samples, over all devices
    steps: Count = 3000  # batches
    warm_up_steps: Natural = 100  # batches in which the learning rate rises from 0
    learning_rate: Positive = 0.1  # of SGD, at its peak
    decay: Literal["cosine", "step", "polynomial"] = "cosine"  # how it falls from there; see learning_rate()
    #: of step: shares of all steps
    decay_at: list[Annotated[float, Gt(0), Lt(1)]] = field(default_factory=lambda: [0.5, 0.75, 0.9])
    decay_power: Positive = 2.0  # of polynomial
    adam_steps: Natural = 0  # batches, the first, after which Adam moves the weights; then SGD does
    adam_learning_rate: Positive = 1e-3  # of Adam, at its peak
    momentum: Annotated[float, Ge(0), Lt(1)] = 0.9  # share of the last step that is taken again
    weight_decay: NonNegative = 5e-4  # per step and learning rate; of matrices and kernels only
    mixed_precision: Precision = "no"  # faster where the chip has instructions for it
    verify_every_steps: Count = 250  # batches between two evaluations on held-out data
    save_every_s: NonNegative = 60.0  # seconds between two saved states


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
