"""Every loss on the same backbone, data, seed and number of steps: find the steps, train, write OUT/losses.json."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from eigen2arc.compare.runner.provenance import describe, hardware, versions
from eigen2arc.core import plugins
from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import Json, read_json, write_json
from eigen2arc.core.progress import tell_steps
from eigen2arc.core.types import Dataset
from eigen2arc.deep.encode.data.crops import Crops, crops_of
from eigen2arc.deep.encode.data.training_data import split
from eigen2arc.deep.encode.data.validation import HeldOutPeople
from eigen2arc.deep.encode.network.backbone import Backbone, embed
from eigen2arc.deep.encode.training.encoder import Settings, train
from eigen2arc.deep.engine.loop import STATE, DiskFull
from eigen2arc.deep.ops.device import torch_device
from eigen2arc.deep.weights_io import checkpoint

from . import budget as loss_budget
from . import settings as loss_plan
from .budget import Budget
from .geometry import EACH, PEOPLE, STEPS, THETA_DEG, chosen_people, plane, target_logits
from .metrics import held_out_metrics, trials
from .settings import Plan, recipe


@dataclass(frozen=True)
class Faces:
    """The faces that all losses learn from and are tested on: the split and the crops that training uses.

    learned, held_out : (M,) int64 indices of images, of people who are in one of the two only.
    """

    dataset: Dataset
    crops: Crops
    learned: np.ndarray
    held_out: np.ndarray

    def read(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Read the crops (K, S, S, 3) and labels (K,) of those images that can be read; UserError if none can."""
        assert self.dataset.labels is not None
        read = [(crop, i) for i in indices if (crop := self.crops.read(int(i))) is not None]
        if not read:
            raise UserError(f"{self.dataset.name}: not one of {len(indices)} crops can be read")
        return np.stack([crop for crop, _ in read]), self.dataset.labels[[i for _, i in read]]

    def people(self, indices: np.ndarray) -> np.ndarray:
        """Return the labels of those images."""
        assert self.dataset.labels is not None
        labels: np.ndarray = self.dataset.labels[indices]
        return labels


def faces(settings: Settings, folder: Path, size_px: int) -> Faces:
    """Split the data set, and cut its faces into ``folder`` where they have to be cut. Raises UserError."""
    dataset: Dataset = plugins.build("dataset", settings.dataset, **settings.dataset_settings)
    chosen = split(dataset, settings.held_out_people)
    if not len(chosen.held_out):
        raise UserError(
            "a table of losses needs people held out: --set held_out_people=60, of a set with more than those"
        )
    crops = crops_of(dataset, folder, size_px=size_px, jitter=settings.landmark_jitter, seed=settings.seed)
    return Faces(dataset, crops, chosen.train, chosen.held_out)


#: In the folder of a loss: its row, and the seconds spent on it so far.
ROW, TIME = "row.json", "seconds.json"

#: Of the backbone's tensors in a training's state.
BACKBONE = "network.backbone."


class Rows:
    """Trains losses and makes their rows of the table. common : the settings that all share, those of the faces too.

    out : folder of the table; every loss has one of its own in it. command : what was typed.
    """

    def __init__(self, common: Settings, out: Path, device: str, command: str) -> None:
        self.common, self.out, self.device, self.command = common, out, device, command
        self.size_px = self.start().size_px
        self.faces = faces(common, out, self.size_px)
        self.held_out = self.faces.read(self.faces.held_out)
        self.pairs = trials(self.held_out[1])

    def start(self) -> Backbone:
        """Build the backbone as every training starts with it."""
        torch.manual_seed(self.common.seed)
        size = {"embedding_size": self.common.embedding_size}
        backbone: Backbone = plugins.build("backbone", self.common.backbone, **size, **self.common.backbone_settings)
        return backbone

    def evaluate(self, backbone: Backbone) -> Json:
        """Compute the metrics of the people held out and, under "look", those of an evaluation during training."""
        crops, labels = self.held_out
        where = torch_device(self.device)
        vectors = embed(backbone.to(where), crops, where)
        people = HeldOutPeople(self.faces.crops, self.faces.held_out, self.faces.people(self.faces.held_out))
        return {**held_out_metrics(vectors, labels, self.pairs), "look": people.evaluate(lambda _: vectors)}

    def row(self, settings: Settings, reason: str) -> Json:
        """Train settings.loss, or take its row from its folder where it is finished; reason : of its own settings.

        A loss that fails has a row that says so under "failed". Raises UserError where the loss was trained with other
        settings before, and OSError.
        """
        folder = self.out / settings.loss
        row = _cached_row(folder / ROW, settings)
        if row is None:
            row = self._train_row(settings, reason, folder)
            write_json(folder / ROW, row)
        return row

    def _train_row(self, settings: Settings, reason: str, folder: Path) -> Json:
        summary = plugins.find("loss", settings.loss).summary
        row: Json = {
            "name": settings.loss,
            "summary": summary,
            "settings": _plain(settings),
            "reason": reason,
        }
        try:
            with _timed(folder / TIME):
                where: Json = {"device": self.device, "crops_folder": self.out}
                train(settings, folder, resume=(folder / STATE).exists(), command=self.command, **where)
            row |= self._row_of_training(settings, folder)
        except (OSError, DiskFull):
            raise  # no fault of the loss
        except Exception as error:
            # Whatever is wrong with one loss, the others have their rows, and this one says what it is.
            said = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
            row["failed"] = f"{said} (to train it again, delete {folder})"
        return {**row, "seconds": json.loads((folder / TIME).read_text("utf-8"))}

    def _row_of_training(self, settings: Settings, folder: Path) -> Json:
        """The metrics of the last step's weights: the best weights would be chosen on the people they are tested on."""
        tensors, metadata = checkpoint.load(folder / STATE)
        own = {key.removeprefix(BACKBONE): tensor for key, tensor in tensors.items() if key.startswith(BACKBONE)}
        backbone = self.start()
        checkpoint.load_into(backbone, own, str(folder / STATE))
        losses = tensors["losses"].tolist()
        return {
            "steps": len(losses),
            "images": len(losses) * settings.batch_size,
            "losses": [round(value, 5) for value in losses],
            "looks": metadata["looks"],
            "held_out": self.evaluate(backbone),
            "curve": target_logits(settings.loss, dict(settings.loss_settings)),
            "plane": self._plane(settings),
        }

    def _plane(self, settings: Settings) -> Json:
        learned = self.faces.learned
        crops, labels = self.faces.read(learned[chosen_people(self.faces.people(learned))])
        try:
            return plane(settings, crops, labels, min(STEPS, settings.steps), self.device)
        except UserError as error:
            return {"failed": str(error)}


def _cached_row(path: Path, settings: Settings) -> Json | None:
    """The row that an earlier start of the table wrote. Raises UserError if it was made with other settings."""
    if not path.exists():
        return None
    row = read_json(path, Json, f"Delete {path.parent} to train it again")
    if row.get("settings") != _plain(settings):
        raise UserError(f"{path.parent}: was trained with other settings; delete that folder, or choose another --out")
    return row


def _plain(settings: Settings) -> Json:
    """Settings as they are read back from JSON."""
    plain: Json = json.loads(json.dumps(asdict(settings)))
    return plain


@contextmanager
def _timed(path: Path) -> Iterator[None]:
    """Add the seconds of the block to those in the file, also where it is interrupted."""
    before = read_json(path, float, f"Delete {path}: it counts seconds") if path.exists() else 0.0
    start_s = time.monotonic()
    try:
        yield
    finally:
        write_json(path, round(before + time.monotonic() - start_s, 2))


#: In the folder of a table, all of it.
TABLE = "losses.json"


def table(plan: Plan, budget: Budget, out: Path, *, device: str, command: str) -> Path:
    """Train every loss that is not trained yet, and write the table. Returns the path of losses.json.

    command : what was typed, to be written down. Raises UserError.
    """
    start_s = time.monotonic()
    out.mkdir(parents=True, exist_ok=True)
    steps = loss_plan.read_steps(out, plan, budget.text)
    rows = Rows(plan.common, out, device, command)
    evaluation_start_s = time.monotonic()
    untrained = rows.evaluate(rows.start())
    if steps is None:
        now_s = time.monotonic()
        steps = budget.steps or _affordable(plan, budget, out, device, now_s - start_s, now_s - evaluation_start_s)
        loss_plan.write_steps(out, plan, budget.text, steps)
    trained = [loss for loss in plan.losses if (out / loss / ROW).exists()]
    document = {
        "command": command,
        "eigen2arc": version("eigen2arc"),
        "versions": versions(),
        "hardware": hardware(device),
        "budget": {"text": budget.text, "steps": steps},
        **_shared(plan, rows),
        "theta_deg": THETA_DEG.tolist(),
        "untrained": untrained,
        "losses": [
            rows.row(plan.of(loss, steps), recipe(loss, steps).reason)
            for loss in tell_steps(plan.losses, "loss", trained)
        ],
    }
    write_json(out / TABLE, document)
    return out / TABLE


def _shared(plan: Plan, rows: Rows) -> Json:
    """What all losses share, as the report shows it."""
    common, faces = plan.common, rows.faces
    names = ("learning_rate", "batch_size", "seed", "embedding_size")
    return {
        "backbone": {"name": common.backbone, "settings": dict(common.backbone_settings)},
        "training": {**{name: getattr(common, name) for name in names}, "size_px": rows.size_px},
        "verify_sets": [Component.parse("dataset", one, "verify_sets").name for one in common.verify_sets],
        "dataset": {
            **describe(faces.dataset),
            "trained_people": len(np.unique(faces.people(faces.learned))),
            "held_out_people": len(np.unique(rows.held_out[1])),
            "held_out_images": len(rows.held_out[1]),
        },
    }


def _affordable(plan: Plan, budget: Budget, out: Path, device: str, spent_s: float, evaluation_s: float) -> int:
    """The steps that fit the budget's time. evaluation_s : of one evaluation on the people held out."""
    assert budget.seconds is not None
    start_s = time.monotonic()
    cost = loss_budget.costs([plan.of(loss, loss_budget.LONG) for loss in plan.losses], out, device)
    left_s = budget.seconds - spent_s - (time.monotonic() - start_s)
    plane_share = PEOPLE * EACH / plan.common.batch_size
    # One evaluation more is that of the weights of the last step.
    evaluations_s = (loss_plan.EVALUATIONS + 1) * evaluation_s
    return loss_budget.affordable_steps(
        left_s, cost, evaluations_s=evaluations_s, plane_share=plane_share, plane_most=STEPS
    )
