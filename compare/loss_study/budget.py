"""What a table of losses may cost: a number of steps for each loss, or a time for everything."""

import contextlib
import io
import re
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eigen2arc.core.errors import UserError
from eigen2arc.deep.encode.training.encoder import Settings, train

SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}

#: Steps of the two trials of a loss. The second less the first is free of what a run costs besides its steps.
SHORT, LONG = 2, 10
#: The share of the time that is planned for; the rest is for a machine that has other things to do, too.
PLANNED = 0.85
#: Steps below which a table says nothing.
LEAST_STEPS = 10


@dataclass(frozen=True)
class Budget:
    """text : as it was typed. steps : per loss, or None where ``seconds`` are given for everything."""

    text: str
    steps: int | None
    seconds: float | None


@dataclass(frozen=True)
class Cost:
    """The cost of one loss in seconds: of a step, and of a run without its steps and evaluations."""

    step_s: float
    run_s: float


def budget(text: str) -> Budget:
    """Parse a budget: "30min", "1.5h", "90s" for everything, or "400steps" for each loss. Raises UserError."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(steps|s|min|h)", text.strip())
    amount, unit = match.groups() if match else ("0", "s")
    if float(amount) <= 0 or (unit == "steps" and "." in amount):
        raise UserError(f"--budget {text}: expected a time for everything, such as 30min, or 400steps for each loss")
    return Budget(text, int(amount), None) if unit == "steps" else Budget(text, None, float(amount) * SECONDS[unit])


def costs(settings: Sequence[Settings], out: Path, device: str) -> dict[str, Cost]:
    """Measure what each loss costs here, on a few steps that are thrown away; a loss that fails at once is left out.

    Two people only are held out, so that the evaluation at the end of every run costs next to nothing.
    """
    _cost(settings[0], out, device)  # a process's first training loads what the others find loaded
    return {one.loss: cost for one in settings if (cost := _cost(one, out, device)) is not None}


def _cost(settings: Settings, out: Path, device: str) -> Cost | None:
    taken_s = []
    for steps in (SHORT, LONG):
        trial = replace(settings, steps=steps, held_out_people=2, verify_every_steps=steps)
        with tempfile.TemporaryDirectory(dir=out, prefix="timing-") as folder, contextlib.ExitStack() as quiet:
            quiet.enter_context(contextlib.redirect_stdout(io.StringIO()))
            start = time.monotonic()
            try:
                train(trial, Path(folder), device=device, crops_folder=out)
            except OSError:
                raise
            except Exception:
                return None  # it will fail in its own row of the table, which says what is wrong
            taken_s.append(time.monotonic() - start)
    short_s, long_s = taken_s
    # Where something else made the short one the longer, the long one alone bounds a step.
    step_s = (long_s - short_s) / (LONG - SHORT) if long_s > short_s else long_s / LONG
    return Cost(step_s, max(0.0, short_s - SHORT * step_s))


def affordable_steps(
    left_s: float, cost: Mapping[str, Cost], *, evaluations_s: float, plane_share: float, plane_most: int
) -> int:
    """Compute how many steps every loss can have in ``left_s`` seconds, a multiple of ten.

    evaluations_s : all evaluations on the people held out of a run. A loss's plot in the plane has as many steps as its
    training, up to plane_most, and each costs ``plane_share`` of one. Raises UserError for a time that is too short.
    """
    step_s = max(1e-9, sum(one.step_s for one in cost.values()))
    steps_s = PLANNED * left_s - sum(one.run_s + evaluations_s for one in cost.values())
    both = steps_s / (step_s * (1 + plane_share))
    found = int(both if both <= plane_most else steps_s / step_s - plane_share * plane_most) // 10 * 10
    if found < LEAST_STEPS:
        missing_s = (LEAST_STEPS * step_s * (1 + plane_share) - steps_s) / PLANNED
        raise UserError(
            f"--budget: too short for {LEAST_STEPS} steps of {len(cost)} losses: give {missing_s / 60:.1f} min more, "
            "or take fewer --losses, or a smaller --set batch_size"
        )
    return found
