"""Train MTCNN's three networks one after the other, each on what the ones before it let pass. See training.py."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from rich.progress import track
from torch import Tensor, nn

from eigen2arc.core.types import Images

from . import checkpoint, training
from .detection_data import annotated
from .detection_figures import recall_at_one_false_positive
from .detectors.mtcnn import Mtcnn
from .mtcnn.loss import CascadeLoss
from .mtcnn.networks import Networks, ONet, PNet, RNet
from .mtcnn.training_data import CascadeData
from .mtcnn.training_windows import NEGATIVE, POSITIVE
from .training_pictures import kept

#: Side of each network's input, and the weights of its losses (Zhang et al. 2016, section II.C).
STAGES = {
    "pnet": (12, (1.0, 0.5, 0.5)),
    "rnet": (24, (1.0, 0.5, 0.5)),
    "onet": (48, (1.0, 0.5, 1.0)),
}

#: Probabilities from which on P-Net and R-Net let windows pass to the next one's training, and O-Net's to be counted:
#: lower than in use, so that the next one also sees what it will see when the net before is unsure.
PASSES = (0.5, 0.5, 0.05)


@dataclass(frozen=True, kw_only=True)
class Settings(training.Schedule):
    """All that decides what comes out. Steps and batches are those of each network."""

    batch_size: int = 384  # windows, over all devices
    learning_rate: float = 0.02  # per step, at its peak
    dataset: str = "scenes"  # a plug-in of datasets, one with annotated faces and points
    dataset_settings: Mapping[str, Any] = field(default_factory=lambda: {"images": 1000, "seed": 1000})
    held_out_images: int = 50  # pictures, the last of the data set, kept to look at
    min_size_px: float = 20.0  # the smallest face's side
    factor: float = 0.709  # from one level of the pyramid to the next


class Stage:
    """The task of one network of the cascade."""

    def __init__(self, name: str, networks: Networks, data: CascadeData, settings: Settings, out: Path) -> None:
        self.go_on = f"eigen2arc deep train detector mtcnn --out {out} --resume"
        self.name = name
        self.networks = networks
        self.deployed: nn.Module = getattr(networks, name)
        self.network = CascadeLoss(self.deployed, STAGES[name][1])
        self.data = data
        self.settings = settings
        self.facts = {"stage": name, "settings": asdict(settings), "pictures": data.pictures.version}
        self.merit = ("accuracy", "windows of the pictures held out that are told apart")
        if name == "onet":
            self.merit = ("recall", "faces held out that are found at one false positive an image")

    def batches(self, steps: range, part: int, parts: int) -> Iterator[tuple[Tensor, ...]]:
        return self.data.batches(steps, part, parts)

    @torch.no_grad()
    def look(self, device: torch.device) -> dict[str, float]:
        """How many windows are told apart; of the last network, how many faces the whole cascade finds."""
        self.deployed.eval()
        crops, kind, *_ = self.data.held_out_batch()
        sure = (kind == POSITIVE) | (kind == NEGATIVE)
        x = crops[sure].permute(0, 3, 1, 2).float().sub(127.5).mul(1 / 128).to(device)
        said = self.deployed(x)[0].flatten().cpu() > 0.5
        figures = {"accuracy": float((said == (kind[sure] == POSITIVE)).float().mean())}
        if self.name == "onet":
            pictures, rows = self.data.pictures, range(self.data.trained_on, len(self.data.pictures))
            found = cascade(self.networks, self.settings, device).detect([pictures[i] for i in rows])
            figures["recall"], _ = recall_at_one_false_positive(found, [self.data.faces[i] for i in rows])
        return figures


def train(
    settings: Settings, out: Path, *, resume: bool = False, device: str = "auto", command: str = ""
) -> np.ndarray:
    """Train the three networks into ``out``/pnet, rnet and onet; ``out`` is for the detector `mtcnn` as its weights.

    Returns the losses of all steps, one network after the other. See training.run.
    """
    check_folder(out, resume)
    accelerator = training.start(settings, device)
    torch.manual_seed(settings.seed)
    networks = Networks(PNet(), RNet(), ONet())
    dataset = annotated(settings.dataset, settings.dataset_settings)
    assert dataset.faces is not None
    with accelerator.main_process_first():
        pictures = kept(dataset.images, out)
    losses = []
    for name, (size_px, _) in STAGES.items():
        data = CascadeData(
            pictures,
            dataset.faces,
            settings.held_out_images,
            mined(name, networks, pictures, settings, out, accelerator),
            settings.min_size_px,
            size_px,
            settings.batch_size,
            settings.seed,
        )
        task = Stage(name, networks, data, settings, out)
        folder = out / name
        going = (folder / training.STATE).exists()
        losses.append(training.run(task, settings, folder, accelerator, resume=going, command=command))
        checkpoint.load_into(task.deployed, checkpoint.load(folder / training.BEST)[0], str(folder))
    return np.concatenate(losses)


def mined(
    name: str, networks: Networks, pictures: Images, settings: Settings, out: Path, accelerator: Accelerator
) -> Sequence[np.ndarray]:
    """The boxes (N, 4), counted from 0, that the networks before this one let pass in every picture."""
    if name == "pnet":
        return ()
    detector = cascade(networks, settings, accelerator.device)
    numbers = track(range(len(pictures)), description=f"what {name} will see", disable=not accelerator.is_main_process)
    return [detector.passed([pictures[i]], refined=name == "onet")[0] - [1, 1, 0, 0] for i in numbers]


def cascade(networks: Networks, settings: Settings, device: torch.device) -> Mtcnn:
    """The networks as a detector that lets more pass than in use."""
    for network in networks:
        network.eval().to(device)
    return Mtcnn(networks, settings.min_size_px, PASSES, settings.factor, device)


def check_folder(out: Path, resume: bool) -> None:
    """A run goes on only if asked to, and is never overwritten: it has begun where P-Net's state is."""
    training.check_folder(out / "pnet", resume)


def saved_settings(out: Path) -> Settings:
    """Those of the run in that folder. Raises UserError if there is none."""
    return Settings(**training.saved_settings(out / "pnet"))
