"""What a table of losses trains: settings that all losses share, and each loss's own."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import read_json, write_json
from eigen2arc.core.settings import with_changes, with_components
from eigen2arc.deep.encode.training.encoder import Settings

#: In the folder of a table: what was asked for, and the steps that were found to fit.
PLAN = "plan.json"

#: Evaluations on the people held out during a run, and the share of the steps in which the learning rate rises.
EVALUATIONS, WARM_UP = 4, 0.1

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
    """common : settings of every training but the loss's own. per_loss : its own, by loss (--set LOSS.KEY=VALUE)."""

    common: Settings
    per_loss: Mapping[str, Mapping[str, Any]]
    losses: tuple[str, ...]

    def of(self, loss: str, steps: int) -> Settings:
        """Return the settings that a loss is trained with."""
        return replace(
            self.common,
            loss=loss,
            loss_settings={**recipe(loss, steps).of(steps), **self.per_loss.get(loss, {})},
            steps=steps,
            warm_up_steps=max(1, int(WARM_UP * steps)),
            verify_every_steps=-(-steps // EVALUATIONS),
        )


def plan(
    losses: Sequence[str], backbone: str, dataset: str, changes: Mapping[str, Any], steps: int | None = None
) -> Plan:
    """Plan a table from the options of its command; raises UserError for a wrong one.

    losses : names, all there are where empty. changes : --set, see Plan.per_loss and core.settings. steps : of each
    loss, where they are known: of the default faces no more are drawn then than so few can learn from.
    """
    known = list(plugins.plugins("loss"))
    chosen = tuple(plugins.find("loss", name).name for name in losses) or tuple(known)
    per_loss: dict[str, dict[str, Any]] = {}
    common: dict[str, Any] = {}
    for key, value in changes.items():
        group, dot, inner = key.partition(".")
        if key in OWN or group == "loss":
            raise UserError(f"--set {key}: is for --budget, --losses, --backbone, --dataset; of one loss, NAME.SETTING")
        if dot and group in known:
            per_loss.setdefault(group, {})[inner] = value
        else:
            common[key] = value
    asked = with_changes(with_components(DEFAULT, backbone=backbone, dataset=dataset), common)
    if steps is not None and dataset == DEFAULT.dataset and not {"dataset.people", "held_out_people"} & set(common):
        asked = _with_fewer_people(asked, steps)
    return Plan(asked, per_loss, chosen)


#: How often an image is seen in a training at least, on average. More people would be drawn and cut for nothing.
SEEN = 4


def _with_fewer_people(settings: Settings, steps: int) -> Settings:
    """Reduce the people, learned from and held out alike, to those that so many steps need."""
    faces = settings.dataset_settings
    learned = faces["people"] - settings.held_out_people
    needed = -(-steps * settings.batch_size // (SEEN * faces["images_per_person"]))
    # A batch of people with some images each wants a number of people, however few the steps are.
    share = min(1.0, max(needed, settings.batch_size // 2) / learned)
    held_out = round(share * settings.held_out_people)
    people = {**faces, "people": round(share * learned) + held_out}
    return replace(settings, dataset_settings=people, held_out_people=held_out)


@dataclass(frozen=True)
class Stored:
    """The file PLAN: what was asked for, and the steps that it came to."""

    asked: dict[str, Any]
    steps: int


def read_steps(out: Path, asked: Plan, budget: str) -> int | None:
    """Read the steps that an earlier start of the same table found; None before the first.

    Raises UserError where another table is in that folder.
    """
    if not (out / PLAN).exists():
        return None
    stored = read_json(out / PLAN, Stored, "Choose another --out")
    if stored.asked != _asked(asked, budget):
        raise UserError(f"{out}: a table with other settings is there; choose another --out, or start it as before")
    return stored.steps


def write_steps(out: Path, asked: Plan, budget: str, steps: int) -> None:
    """Write how many steps every loss gets, so that a table that is resumed is the same one."""
    write_json(out / PLAN, {"asked": _asked(asked, budget), "steps": steps})


def _asked(asked: Plan, budget: str) -> dict[str, Any]:
    """All but the list of losses: others may be added to a table."""
    plain: dict[str, Any] = json.loads(json.dumps({"budget": budget, "common": asdict(asked.common)}))
    return plain


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
        """Return the loss's settings in a training of so many steps."""
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
    """Return the recipe of a loss: its defaults where it needs nothing else, as in a training as long as a paper's."""
    return RECIPES.get(loss, Recipe()) if steps < LONG else Recipe()
