"""What a table of losses trains: settings that are the same for all of them, and what is each loss's own."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import write_json
from eigen2arc.deep.encode.training.encoder import Settings
from eigen2arc.deep.engine.settings import of_parts, with_changes

from .recipes import recipe

#: In the folder of a table: what was asked for, and the steps that were found to fit.
PLAN = "plan.json"

#: Looks at the people held out during a run, and the share of the steps in which the learning rate rises.
LOOKS, WARM_UP = 4, 0.1

#: A table in half an hour on two cores: a small network, small crops, people enough to tell losses apart.
DEFAULT = Settings(
    backbone_settings={"width": 0.25, "size_px": 64},
    dataset_settings={"people": 260, "images_per_person": 20, "seed": 1000},
    held_out_people=60,
    embedding_size=128,
    batch_size=64,
    learning_rate=0.05,
)

#: Settings that the table itself decides.
OWN = ("steps", "warm_up_steps", "verify_every_steps", "loss", "backbone", "dataset")


@dataclass(frozen=True)
class Plan:
    """common : settings of every training but for the loss's own. own : settings by loss, from --set LOSS.KEY=VALUE."""

    common: Settings
    own: Mapping[str, Mapping[str, Any]]
    losses: tuple[str, ...]

    def of(self, loss: str, steps: int) -> Settings:
        """The settings that a loss is trained with."""
        return replace(
            self.common,
            loss=loss,
            loss_settings={**recipe(loss, steps).of(steps), **self.own.get(loss, {})},
            steps=steps,
            warm_up_steps=max(1, int(WARM_UP * steps)),
            verify_every_steps=-(-steps // LOOKS),
        )


def plan(losses: Sequence[str], backbone: str, dataset: str, changes: Mapping[str, Any]) -> Plan:
    """losses : names, all there are where empty. changes : --set, see Plan.own and deep.settings. Raises UserError."""
    known = list(plugins.plugins("loss"))
    chosen = tuple(plugins.find("loss", name).name for name in losses) or tuple(known)
    own: dict[str, dict[str, Any]] = {}
    common: dict[str, Any] = {}
    for key, value in changes.items():
        group, dot, inner = key.partition(".")
        if key in OWN or group == "loss":
            raise UserError(f"--set {key}: is for --budget, --losses, --backbone, --dataset; of one loss, NAME.SETTING")
        if dot and group in known:
            own.setdefault(group, {})[inner] = value
        else:
            common[key] = value
    return Plan(with_changes(of_parts(DEFAULT, backbone=backbone, dataset=dataset), common), own, chosen)


def kept_steps(out: Path, asked: Plan, budget: str) -> int | None:
    """The steps that an earlier start of the same table found, None before the first.

    Raises UserError where another table is in that folder.
    """
    try:
        kept = json.loads((out / PLAN).read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise UserError(f"{out / PLAN} cannot be read ({error}); choose another --out") from None
    if not isinstance(kept, dict) or kept.get("asked") != _asked(asked, budget) or type(kept.get("steps")) is not int:
        raise UserError(f"{out}: a table with other settings is there; choose another --out, or start it as before")
    steps: int = kept["steps"]
    return steps


def keep_steps(out: Path, asked: Plan, budget: str, steps: int) -> None:
    """Write down how many steps every loss gets, so that a table that is gone on with is the same one."""
    write_json(out / PLAN, {"asked": _asked(asked, budget), "steps": steps})


def _asked(asked: Plan, budget: str) -> dict[str, Any]:
    """All but the list of losses: others may be added to a table."""
    plain: dict[str, Any] = json.loads(json.dumps({"budget": budget, "common": asdict(asked.common)}))
    return plain
