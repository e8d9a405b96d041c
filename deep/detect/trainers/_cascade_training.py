"""Train the networks of a cascade one after the other, on hard examples mined by the previous stages.

The loop is that of deep/engine/loop.py, once a network.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, Protocol

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn

from eigen2arc.core.bounds import Count, Ge, Le, Positive
from eigen2arc.core.progress import progress_bars
from eigen2arc.core.settings import settings_of_file
from eigen2arc.core.stages import Detector
from eigen2arc.core.types import Images
from eigen2arc.deep.detect.data.images import cache_images
from eigen2arc.deep.detect.data.validation import recall_at_one_false_positive
from eigen2arc.deep.detect.mtcnn.training_data import CascadeData
from eigen2arc.deep.detect.single_shot.training.data import load_annotated
from eigen2arc.deep.engine import loop as training
from eigen2arc.deep.weights_io import checkpoint

#: What is monitored of a network that tells faces from all else, and of a whole cascade.
ACCURACY = ("accuracy", "windows of the images held out that are told apart")
RECALL = ("recall", "faces held out that are found at one false positive an image")


@dataclass(frozen=True, kw_only=True)
class Settings(training.Schedule):
    """All that decides what comes out. Steps and batches are those of each network."""

    batch_size: Count = 384  # windows, over all devices
    learning_rate: Positive = 0.02  # per step, at its peak
    dataset: str = "scenes"  # a plug-in of datasets, one with annotated faces
    dataset_settings: Mapping[str, Any] = field(default_factory=lambda: {"images": 1000, "seed": 1000})
    held_out_images: Count = 50  # images, the last of the data set, to evaluate on
    min_size_px: Annotated[float, Ge(12), Le(100_000)] = 20.0  # the smallest face's side
    factor: Annotated[float, Ge(0.1), Le(0.99)] = 0.709  # from one level of the pyramid to the next


class Cascade(Protocol):
    """A cascade of networks to train: what differs from one to another. name : of the detector."""

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
        """The networks that see, apart from windows that are drawn, those that the ones before them let pass."""
        ...

    def with_loss(self, name: str) -> nn.Module:
        """Return the network, ready to be trained, as a module from a batch of CascadeData to its loss."""
        ...

    def proposer(self, name: str, device: torch.device) -> Callable[[np.ndarray], np.ndarray]:
        """Return a function from an image to the boxes (N, 4), counted from 0, that the networks before let pass."""
        ...

    def monitor(self, name: str) -> tuple[str, str]:
        """Return what is monitored of the network; see engine.loop.Task."""
        ...

    def metrics(self, name: str, data: CascadeData, device: torch.device) -> dict[str, float]:
        """Compute the metrics of the network on what is held out."""
        ...


class CascadeTrainer:
    """Implements core.stages.Trainer. new : from settings to a cascade with random weights. names : of its networks."""

    defaults = Settings()

    def __init__(self, new: Callable[[Settings], Cascade], names: Sequence[str]) -> None:
        self.new = new
        self.first = names[0]

    def train(
        self, settings: Settings, out: Path, *, resume: bool = False, device: str = "auto", command: str = ""
    ) -> np.ndarray:
        """Train each network into the folder ``out``/name; ``out`` is for the detector. See engine.loop.run.

        A run has begun where the first network's state is. Returns the losses of all steps, one network after the
        other, float32. Raises UserError.
        """
        training.check_folder(out / self.first, resume)
        accelerator = training.start(settings, device)
        torch.manual_seed(settings.seed)
        return _train_networks(self.new(settings), settings, out, accelerator, command)

    def saved_settings(self, out: Path) -> Settings:
        """Read the settings of the run in the folder ``out``. Raises UserError if there is none."""
        return settings_of_file(Settings, training.saved_settings(out / self.first), out / self.first / training.STATE)

    def weights(self, out: Path) -> Path:
        """Return the folder of a run in ``out`` that the detector takes for its setting ``weights``."""
        return out


def _train_networks(
    cascade: Cascade, settings: Settings, out: Path, accelerator: Accelerator, command: str
) -> np.ndarray:
    """A network that has begun is resumed. Returns the losses of all steps, one network after the other."""
    dataset = load_annotated(settings.dataset, settings.dataset_settings)
    assert dataset.faces is not None
    with accelerator.main_process_first():
        images = cache_images(dataset.images, out)
    losses = []
    for name in cascade.networks._fields:
        folder = out / name
        mines = name in cascade.mined and not _is_finished(folder, settings)
        data = CascadeData(
            images,
            dataset.faces,
            settings.held_out_images,
            _mined_boxes(cascade, name, images, accelerator.device) if mines else (),
            settings.min_size_px,
            cascade.sizes_px[name],
            settings.batch_size,
            settings.seed,
        )
        task = NetworkTask(name, cascade, data, settings, out)
        begun = (folder / training.STATE).exists()
        losses.append(training.run(task, settings, folder, accelerator, resume=begun, command=command))
        checkpoint.load_into(task.export_module, checkpoint.load(folder / training.BEST)[0], str(folder))
    return np.concatenate(losses)


class NetworkTask:
    """The task of engine.loop for one network of a cascade."""

    def __init__(self, name: str, cascade: Cascade, data: CascadeData, settings: Settings, out: Path) -> None:
        self.resume_command = f"eigen2arc deep train detector {cascade.name} --out {out} --resume"
        self.name = name
        self.cascade = cascade
        self.export_module: nn.Module = getattr(cascade.networks, name)
        self.network = cascade.with_loss(name)
        self.data = data
        self.metadata = {"stage": name, "settings": asdict(settings), "pictures": data.images.version}
        self.monitor = cascade.monitor(name)

    def batches(self, steps: range, part: int, parts: int) -> Iterator[tuple[Tensor, ...]]:
        return self.data.batches(steps, part, parts)

    @torch.no_grad()
    def evaluate(self, device: torch.device) -> dict[str, float]:
        _to_evaluation(self.cascade, device)
        return self.cascade.metrics(self.name, self.data, device)


def _is_finished(folder: Path, settings: Settings) -> bool:
    """Whether the network of that folder has nothing left to learn: minutes of mining would be for nothing."""
    state = folder / training.STATE
    return state.exists() and checkpoint.load(state)[1].get("step") == settings.steps


def _mined_boxes(cascade: Cascade, name: str, images: Images, device: torch.device) -> list[np.ndarray]:
    """What the networks before this one let pass in every image."""
    _to_evaluation(cascade, device)
    propose = cascade.proposer(name, device)
    with progress_bars() as bars:
        indices = bars.track(range(len(images)), description=f"what {name} will see")
        return [propose(images[i]) for i in indices]


def _to_evaluation(cascade: Cascade, device: torch.device) -> None:
    """Put all networks where and into the mode in which they detect."""
    for network in cascade.networks:
        network.eval().to(device)


def recall(detector: Detector, data: CascadeData) -> float:
    """Compute the share of the faces of the images held out that a detector finds, 0..1."""
    found = detector.detect([data.images[i] for i in range(data.trained_on, len(data.images))])
    return recall_at_one_false_positive(found, data.faces[data.trained_on :])[0]
