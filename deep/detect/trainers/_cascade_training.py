"""Training the networks of a cascade one after the other, each on what the ones before it let pass.

See deep/engine/loop.py.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn

from eigen2arc.core.progress import progress_bars
from eigen2arc.core.stages import Detector
from eigen2arc.core.types import Images
from eigen2arc.deep.detect.data.images import kept
from eigen2arc.deep.detect.data.validation import recall_at_one_false_positive
from eigen2arc.deep.detect.mtcnn.training_data import CascadeData
from eigen2arc.deep.detect.single_shot.training.data import annotated
from eigen2arc.deep.engine import loop as training
from eigen2arc.deep.weights_io import checkpoint

#: What is looked at of a network that tells faces from all else, and of a whole cascade.
ACCURACY = ("accuracy", "windows of the pictures held out that are told apart")
RECALL = ("recall", "faces held out that are found at one false positive an image")


@dataclass(frozen=True, kw_only=True)
class Settings(training.Schedule):
    """All that decides what comes out. Steps and batches are those of each network."""

    batch_size: int = 384  # windows, over all devices
    learning_rate: float = 0.02  # per step, at its peak
    dataset: str = "scenes"  # a plug-in of datasets, one with annotated faces
    dataset_settings: Mapping[str, Any] = field(default_factory=lambda: {"images": 1000, "seed": 1000})
    held_out_images: int = 50  # pictures, the last of the data set, kept to look at
    min_size_px: float = 20.0  # the smallest face's side
    factor: float = 0.709  # from one level of the pyramid to the next


class Cascade(Protocol):
    """What differs from one cascade to another. name : of the detector."""

    name: str

    @property
    def networks(self) -> Any:
        """A named tuple of modules, in the order in which they are trained."""
        ...

    @property
    def sizes_px(self) -> Mapping[str, int]:
        """The sides of the networks' inputs, by their names."""
        ...

    @property
    def mined(self) -> Collection[str]:
        """The networks that see, beside windows that are drawn, those that the ones before them let pass."""
        ...

    def with_loss(self, name: str) -> nn.Module:
        """The network, ready to be trained, as a module from a batch of CascadeData to its loss."""
        ...

    def passed(self, name: str, device: torch.device) -> Callable[[np.ndarray], np.ndarray]:
        """From a picture to the boxes (N, 4), counted from 0, that the networks before this one let pass."""
        ...

    def merit(self, name: str) -> tuple[str, str]:
        """See training.Task."""
        ...

    def figures(self, name: str, data: CascadeData, device: torch.device) -> dict[str, float]:
        """Those of a look at what is held out."""
        ...


class Stage:
    """The task of one network of a cascade."""

    def __init__(self, name: str, cascade: Cascade, data: CascadeData, settings: Settings, out: Path) -> None:
        self.go_on = f"eigen2arc deep train detector {cascade.name} --out {out} --resume"
        self.name = name
        self.cascade = cascade
        self.deployed: nn.Module = getattr(cascade.networks, name)
        self.network = cascade.with_loss(name)
        self.data = data
        self.facts = {"stage": name, "settings": asdict(settings), "pictures": data.pictures.version}
        self.merit = cascade.merit(name)

    def batches(self, steps: range, part: int, parts: int) -> Iterator[tuple[Tensor, ...]]:
        return self.data.batches(steps, part, parts)

    @torch.no_grad()
    def look(self, device: torch.device) -> dict[str, float]:
        to_use(self.cascade, device)
        return self.cascade.figures(self.name, self.data, device)


def train_in_turn(
    cascade: Cascade, settings: Settings, out: Path, accelerator: Accelerator, command: str
) -> np.ndarray:
    """Train each network into the folder ``out``/name; one that has begun there is gone on with.

    Returns the losses of all steps, one network after the other.
    """
    dataset = annotated(settings.dataset, settings.dataset_settings)
    assert dataset.faces is not None
    with accelerator.main_process_first():
        pictures = kept(dataset.images, out)
    losses = []
    for name in cascade.networks._fields:
        folder = out / name
        sees = name in cascade.mined and not finished(folder, settings)
        data = CascadeData(
            pictures,
            dataset.faces,
            settings.held_out_images,
            mined(cascade, name, pictures, accelerator.device) if sees else (),
            settings.min_size_px,
            cascade.sizes_px[name],
            settings.batch_size,
            settings.seed,
        )
        task = Stage(name, cascade, data, settings, out)
        going = (folder / training.STATE).exists()
        losses.append(training.run(task, settings, folder, accelerator, resume=going, command=command))
        checkpoint.load_into(task.deployed, checkpoint.load(folder / training.BEST)[0], str(folder))
    return np.concatenate(losses)


def finished(folder: Path, settings: Settings) -> bool:
    """Whether the network of that folder has nothing left to learn: minutes of mining would be for nothing."""
    state = folder / training.STATE
    return state.exists() and checkpoint.load(state)[1]["step"] == settings.steps


def mined(cascade: Cascade, name: str, pictures: Images, device: torch.device) -> list[np.ndarray]:
    """What the networks before this one let pass in every picture."""
    to_use(cascade, device)
    passed = cascade.passed(name, device)
    with progress_bars() as bars:
        numbers = bars.track(range(len(pictures)), description=f"what {name} will see")
        return [passed(pictures[i]) for i in numbers]


def to_use(cascade: Cascade, device: torch.device) -> None:
    """Put the networks where they can be used."""
    for network in cascade.networks:
        network.eval().to(device)


def recall(detector: Detector, data: CascadeData) -> float:
    """Of the faces of the pictures held out."""
    found = detector.detect([data.pictures[i] for i in range(data.trained_on, len(data.pictures))])
    return recall_at_one_false_positive(found, data.faces[data.trained_on :])[0]
