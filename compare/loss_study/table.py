"""Every loss on the same backbone, data, seed and number of steps: find the steps, train, write OUT/losses.json."""

import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from eigen2arc.compare.runner.provenance import describe, hardware, versions
from eigen2arc.core.files import write_json

from . import budget as loss_budget
from . import settings as loss_plan
from .budget import Budget
from .logit_curves import THETA_DEG
from .plane import EACH, PEOPLE, STEPS
from .recipes import recipe
from .row import Rows
from .settings import Plan

#: In the folder of a table, all of it.
TABLE = "losses.json"


def table(plan: Plan, budget: Budget, out: Path, *, device: str, command: str) -> Path:
    """Train every loss that is not trained yet, and write the table. Returns the path of losses.json.

    command : what was typed, to be written down. Raises UserError.
    """
    start_s = time.monotonic()
    out.mkdir(parents=True, exist_ok=True)
    steps = loss_plan.kept_steps(out, plan, budget.text)
    rows = Rows(plan.common, out, device, command)
    look_start_s = time.monotonic()
    untrained = rows.look(rows.start())
    if steps is None:
        now_s = time.monotonic()
        steps = budget.steps or _affordable(plan, budget, out, device, now_s - start_s, now_s - look_start_s)
        loss_plan.keep_steps(out, plan, budget.text, steps)
    document = {
        "command": command,
        "eigen2arc": version("eigen2arc"),
        "versions": versions(),
        "hardware": hardware(device),
        "budget": {"text": budget.text, "steps": steps},
        **_shared(plan, rows),
        "theta_deg": THETA_DEG.tolist(),
        "untrained": untrained,
        "losses": [rows.row(plan.of(loss, steps), recipe(loss, steps).reason) for loss in plan.losses],
    }
    write_json(out / TABLE, document)
    return out / TABLE


def _shared(plan: Plan, rows: Rows) -> dict[str, Any]:
    """What is the same for all losses, as the report says it."""
    common, faces = plan.common, rows.faces
    names = ("learning_rate", "batch_size", "seed", "embedding_size")
    return {
        "backbone": {"name": common.backbone, "settings": dict(common.backbone_settings)},
        "training": {**{name: getattr(common, name) for name in names}, "size_px": rows.size_px},
        "verify_sets": [str(one["name"]) for one in common.verify_sets],
        "dataset": {
            **describe(faces.dataset),
            "trained_people": len(np.unique(faces.people(faces.learned))),
            "held_out_people": len(np.unique(rows.held_out[1])),
            "held_out_images": len(rows.held_out[1]),
        },
    }


def _affordable(plan: Plan, budget: Budget, out: Path, device: str, spent_s: float, look_s: float) -> int:
    """The steps that fit the budget's time. look_s : one look at the people held out."""
    assert budget.seconds is not None
    start_s = time.monotonic()
    cost = loss_budget.costs([plan.of(loss, loss_budget.LONG) for loss in plan.losses], out, device)
    left_s = budget.seconds - spent_s - (time.monotonic() - start_s)
    plane_share = PEOPLE * EACH / plan.common.batch_size
    # One look more is that at the weights of the last step.
    looks_s = (loss_plan.LOOKS + 1) * look_s
    return loss_budget.affordable_steps(left_s, cost, looks_s=looks_s, plane_share=plane_share, plane_most=STEPS)
