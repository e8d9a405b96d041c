"""Every loss on the same backbone, data, seed and number of steps: train, look, write OUT/losses.json."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import write_json
from eigen2arc.deep import checkpoint
from eigen2arc.deep.device import torch_device
from eigen2arc.deep.embed import Backbone, embed
from eigen2arc.deep.held_out import HeldOutPeople
from eigen2arc.deep.train_embedding import Settings, train
from eigen2arc.deep.training import STATE

from . import loss_budget, loss_plan
from .loss_budget import Budget
from .loss_curves import THETA_DEG, target_logits
from .loss_faces import faces
from .loss_figures import figures, trials
from .loss_plan import Plan
from .loss_plane import EACH, PEOPLE, STEPS, chosen_people, plane
from .loss_recipes import recipe
from .provenance import describe, hardware, versions

#: In the folder of a table, all of it; and in that of a loss, its row and the seconds spent on it so far.
TABLE, ROW, TIME = "losses.json", "row.json", "seconds.json"


class Table:
    """A table of losses that is being made in a folder; call() does it all."""

    def __init__(self, plan: Plan, budget: Budget, out: Path, device: str, command: str) -> None:
        self.plan, self.budget, self.out, self.device, self.command = plan, budget, out, device, command
        self.started_s = time.monotonic()
        out.mkdir(parents=True, exist_ok=True)
        self.steps = loss_plan.kept_steps(out, plan, budget.text)
        self.faces = faces(plan.common, out, self._backbone().size_px)
        self.held_out = self.faces.read(self.faces.held_out)
        self.pairs = trials(self.held_out[1])

    def call(self) -> Path:
        """Train every loss and write the table. Returns the path of losses.json."""
        start_s = time.monotonic()
        untrained = self._look(self._backbone())
        look_s = time.monotonic() - start_s
        if self.steps is None:
            self.steps = self.budget.steps or self._affordable_steps(look_s)
            loss_plan.keep_steps(self.out, self.plan, self.budget.text, self.steps)
        rows = [self._row(loss) for loss in self.plan.losses]
        common = self.plan.common
        rate = {"learning_rate": common.learning_rate, "batch_size": common.batch_size, "seed": common.seed}
        document = {
            "command": self.command,
            "eigen2arc": version("eigen2arc"),
            "versions": versions(),
            "hardware": hardware(self.device),
            "budget": {"text": self.budget.text, "steps": self.steps},
            "backbone": {"name": common.backbone, "settings": dict(common.backbone_settings)},
            "training": {**rate, "embedding_size": common.embedding_size, "size_px": self._backbone().size_px},
            "dataset": {
                **describe(self.faces.dataset),
                "trained_people": len(np.unique(self.faces.people(self.faces.learned))),
                "held_out_people": len(np.unique(self.held_out[1])),
                "held_out_images": len(self.held_out[1]),
            },
            "theta_deg": THETA_DEG.tolist(),
            "untrained": untrained,
            "losses": rows,
        }
        write_json(self.out / TABLE, document)
        return self.out / TABLE

    def _row(self, loss: str) -> dict[str, Any]:
        """A loss's row, from its folder where it is finished."""
        assert self.steps is not None
        settings, folder = self.plan.of(loss, self.steps), self.out / loss
        kept = _kept_row(folder / ROW, settings)
        if kept is not None:
            return kept
        plugin = plugins.find("loss", loss)
        row: dict[str, Any] = {
            "name": loss,
            "summary": plugin.summary,
            "settings": _plain(settings),
            "reason": recipe(loss).reason,
            "curve": None,
        }
        try:
            with _timed(folder / TIME):
                resume = (folder / STATE).exists()
                where: dict[str, Any] = {"device": self.device, "crops_folder": self.out}
                train(settings, folder, resume=resume, command=self.command, **where)
            row |= self._trained(settings, folder)
        except OSError:
            raise  # a full disk is not the loss's fault
        except Exception as error:
            # Whatever is wrong with one loss, the others have their rows, and this one says what it is.
            said = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
            row["failed"] = f"{said} (to train it again, delete {folder})"
        row["seconds"] = json.loads((folder / TIME).read_text("utf-8"))
        write_json(folder / ROW, row)
        return row

    def _trained(self, settings: Settings, folder: Path) -> dict[str, Any]:
        """The figures of the last step's weights: the best look's would be chosen on the people they are judged on."""
        tensors, facts = checkpoint.load(folder / STATE)
        backbone = self._backbone()
        prefix = "network.backbone."
        own = {key.removeprefix(prefix): tensor for key, tensor in tensors.items() if key.startswith(prefix)}
        checkpoint.load_into(backbone, own, str(folder / STATE))
        losses = tensors["losses"].tolist()
        return {
            "steps": len(losses),
            "images": len(losses) * settings.batch_size,
            "losses": [round(value, 5) for value in losses],
            "looks": facts["looks"],
            "held_out": self._look(backbone),
            "curve": target_logits(settings.loss, dict(settings.loss_settings)),
            "plane": self._plane(settings),
        }

    def _plane(self, settings: Settings) -> dict[str, Any]:
        learned = self.faces.learned
        crops, labels = self.faces.read(learned[chosen_people(self.faces.people(learned))])
        try:
            return plane(settings, crops, labels, min(STEPS, settings.steps), self.device)
        except UserError as error:
            return {"failed": str(error)}

    def _look(self, backbone: Backbone) -> dict[str, Any]:
        """Figures of the people held out and, under "look", what a look of the training says of them."""
        crops, labels = self.held_out
        where = torch_device(self.device)
        vectors = embed(backbone.to(where), crops, where)
        look = HeldOutPeople(self.faces.crops, self.faces.held_out, self.faces.people(self.faces.held_out))
        return {**figures(vectors, labels, self.pairs), "look": look.look(lambda _: vectors)}

    def _backbone(self) -> Backbone:
        """As every training starts with it."""
        common = self.plan.common
        torch.manual_seed(common.seed)
        size = {"embedding_size": common.embedding_size}
        backbone: Backbone = plugins.build("backbone", common.backbone, **size, **common.backbone_settings)
        return backbone

    def _affordable_steps(self, look_s: float) -> int:
        assert self.budget.seconds is not None
        trials_of = [self.plan.of(loss, loss_budget.LONG) for loss in self.plan.losses]
        cost = loss_budget.costs(trials_of, self.out, self.device)
        left_s = self.budget.seconds - (time.monotonic() - self.started_s)
        plane_steps = STEPS * PEOPLE * EACH / self.plan.common.batch_size
        # One look more is that at the weights of the last step.
        looks_s = (loss_plan.LOOKS + 1) * look_s
        return loss_budget.affordable_steps(left_s, cost, looks_s=looks_s, plane_steps=plane_steps)


def _kept_row(path: Path, settings: Settings) -> dict[str, Any] | None:
    """The row that an earlier start of the table wrote. Raises UserError if it was made with other settings."""
    if not path.exists():
        return None
    row: dict[str, Any] = json.loads(path.read_text("utf-8"))
    if row.get("settings") != _plain(settings):
        raise UserError(f"{path.parent}: was trained with other settings; delete that folder, or choose another --out")
    return row


def _plain(settings: Settings) -> dict[str, Any]:
    """As JSON gives them back."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(settings)))
    return plain


@contextmanager
def _timed(path: Path) -> Iterator[None]:
    """Add the seconds of the block to those in the file, also where it is broken off."""
    before = json.loads(path.read_text("utf-8")) if path.exists() else 0.0
    start_s = time.monotonic()
    try:
        yield
    finally:
        write_json(path, round(before + time.monotonic() - start_s, 2))
