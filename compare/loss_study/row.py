"""One row of a table of losses: train the loss, judge the last step's weights, keep the row in the loss's folder."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import write_json
from eigen2arc.deep.encode.data.validation import HeldOutPeople
from eigen2arc.deep.encode.network.embed import Backbone, embed
from eigen2arc.deep.encode.training.encoder import Settings, train
from eigen2arc.deep.engine.loop import STATE, DiskFull
from eigen2arc.deep.ops.device import torch_device
from eigen2arc.deep.weights_io import checkpoint

from .faces import faces
from .logit_curves import target_logits
from .metrics import figures, trials
from .plane import STEPS, chosen_people, plane

#: In the folder of a loss: its row, and the seconds spent on it so far.
ROW, TIME = "row.json", "seconds.json"

#: Of the backbone's tensors in a training's state.
BACKBONE = "network.backbone."


class Rows:
    """What makes the rows of a table. common : the settings that all losses share, which say the faces and the network.

    out : folder of the table; every loss has one of its own in it. command : what was typed.
    """

    def __init__(self, common: Settings, out: Path, device: str, command: str) -> None:
        self.common, self.out, self.device, self.command = common, out, device, command
        self.size_px = self.start().size_px
        self.faces = faces(common, out, self.size_px)
        self.held_out = self.faces.read(self.faces.held_out)
        self.pairs = trials(self.held_out[1])

    def start(self) -> Backbone:
        """The backbone as every training starts with it."""
        torch.manual_seed(self.common.seed)
        size = {"embedding_size": self.common.embedding_size}
        backbone: Backbone = plugins.build("backbone", self.common.backbone, **size, **self.common.backbone_settings)
        return backbone

    def look(self, backbone: Backbone) -> dict[str, Any]:
        """Figures of the people held out and, under "look", what a look of the training says of them."""
        crops, labels = self.held_out
        where = torch_device(self.device)
        vectors = embed(backbone.to(where), crops, where)
        people = HeldOutPeople(self.faces.crops, self.faces.held_out, self.faces.people(self.faces.held_out))
        return {**figures(vectors, labels, self.pairs), "look": people.look(lambda _: vectors)}

    def row(self, settings: Settings, reason: str) -> dict[str, Any]:
        """Train settings.loss, or take its row from its folder where it is finished; reason : of its own settings.

        A loss that fails has a row that says so under "failed". Raises UserError where the loss was trained with other
        settings before, and OSError.
        """
        folder = self.out / settings.loss
        row = _kept(folder / ROW, settings)
        if row is None:
            row = self._made(settings, reason, folder)
            write_json(folder / ROW, row)
        return row

    def _made(self, settings: Settings, reason: str, folder: Path) -> dict[str, Any]:
        summary = plugins.find("loss", settings.loss).summary
        row: dict[str, Any] = {
            "name": settings.loss,
            "summary": summary,
            "settings": _plain(settings),
            "reason": reason,
        }
        try:
            with _timed(folder / TIME):
                where: dict[str, Any] = {"device": self.device, "crops_folder": self.out}
                train(settings, folder, resume=(folder / STATE).exists(), command=self.command, **where)
            row |= self._trained(settings, folder)
        except (OSError, DiskFull):
            raise  # no fault of the loss
        except Exception as error:
            # Whatever is wrong with one loss, the others have their rows, and this one says what it is.
            said = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
            row["failed"] = f"{said} (to train it again, delete {folder})"
        return {**row, "seconds": json.loads((folder / TIME).read_text("utf-8"))}

    def _trained(self, settings: Settings, folder: Path) -> dict[str, Any]:
        """The figures of the last step's weights: the best look's would be chosen on the people they are judged on."""
        tensors, facts = checkpoint.load(folder / STATE)
        own = {key.removeprefix(BACKBONE): tensor for key, tensor in tensors.items() if key.startswith(BACKBONE)}
        backbone = self.start()
        checkpoint.load_into(backbone, own, str(folder / STATE))
        losses = tensors["losses"].tolist()
        return {
            "steps": len(losses),
            "images": len(losses) * settings.batch_size,
            "losses": [round(value, 5) for value in losses],
            "looks": facts["looks"],
            "held_out": self.look(backbone),
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


def _kept(path: Path, settings: Settings) -> dict[str, Any] | None:
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
