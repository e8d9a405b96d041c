"""Train a face embedding: a backbone and a loss on labelled faces, on one CPU or many GPUs. See training.py."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError

from . import training
from .embed import Backbone, embed, network_input
from .face_crops import face_crops
from .training_data import TrainingData
from .verification import verification_accuracy


@dataclass(frozen=True, kw_only=True)
class Settings(training.Schedule):
    """All that decides what comes out. The three ``*_settings`` go to the plug-in's build."""

    backbone: str = "mobilefacenet"  # a plug-in of deep/backbones
    backbone_settings: Mapping[str, Any] = field(default_factory=lambda: {"width": 0.5})
    loss: str = "arcface"  # a plug-in of deep/losses
    loss_settings: Mapping[str, Any] = field(default_factory=dict)
    dataset: str = "synthetic"  # a plug-in of datasets, one that says who is who
    dataset_settings: Mapping[str, Any] = field(
        default_factory=lambda: {"people": 1500, "images_per_person": 20, "seed": 1000}
    )
    held_out_people: int = 100  # people, the last of the data set, kept for verification
    landmark_jitter: float = 0.02  # standard deviation of the points that crops are cut by, in distances of the eyes
    embedding_size: int = 128  # numbers per face


class Network(nn.Module):
    """Backbone and loss as one module."""

    def __init__(self, backbone: Backbone, loss: nn.Module) -> None:
        super().__init__()
        self.backbone, self.loss = backbone, loss

    def forward(self, crops: Tensor, labels: Tensor) -> Tensor:
        """(N, S, S, 3) uint8 crops and (N,) labels to the loss, a scalar."""
        return self.loss(self.backbone(network_input(crops)), labels)


class Embedding:
    """The task: people are told apart by a backbone's vectors."""

    merit = ("accuracy", "accuracy on people held out")

    def __init__(self, network: Network, data: TrainingData, settings: Settings, out: Path) -> None:
        self.go_on = f"eigen2arc deep train encoder --out {out} --resume"
        self.network = network
        self.deployed = network.backbone
        self.data = data
        self.facts = {"settings": asdict(settings), "crops": data.name}

    def batches(self, steps: range, part: int, parts: int) -> Iterator[tuple[Tensor, ...]]:
        return self.data.batches(steps, part, parts)

    def look(self, device: torch.device) -> dict[str, float]:
        """How well people who were never trained on are told apart."""
        crops, labels = self.data.held_out
        accuracy, pairs = verification_accuracy(embed(self.deployed, crops, device), labels)
        return {"accuracy": accuracy, "pairs": pairs}


def train(
    settings: Settings, out: Path, *, resume: bool = False, device: str = "auto", command: str = ""
) -> np.ndarray:
    """Train a backbone; ``out``/best.safetensors is for the encoder `embedding`. See training.run."""
    training.check_folder(out, resume)
    accelerator = training.start(settings, device)
    torch.manual_seed(settings.seed)
    size = {"embedding_size": settings.embedding_size}
    backbone: Backbone = plugins.build("backbone", settings.backbone, **size, **settings.backbone_settings)
    with accelerator.main_process_first():  # one process cuts the faces, the others find them cut
        data = load_data(settings, out, backbone.size_px)
    loss = plugins.build("loss", settings.loss, **size, classes=data.people, **settings.loss_settings)
    task = Embedding(Network(backbone, loss), data, settings, out)
    return training.run(task, settings, out, accelerator, resume=resume, command=command)


def load_data(settings: Settings, out: Path, size_px: int) -> TrainingData:
    """The set's crops, cut or found below ``out``, the last people held out."""
    dataset = plugins.build("dataset", settings.dataset, **settings.dataset_settings)
    if dataset.labels is None:
        raise UserError(f"dataset {settings.dataset} does not say who is who: nothing can be learned from it")
    path = face_crops(dataset, out, size_px=size_px, jitter=settings.landmark_jitter, seed=settings.seed)
    people = int(dataset.labels.max()) + 1 - settings.held_out_people
    crops = np.load(path, mmap_mode="r")
    return TrainingData(path.name, crops, dataset.labels, people, settings.batch_size, settings.seed)


def saved_settings(out: Path) -> Settings:
    """Those of the run in that folder. Raises UserError if there is none."""
    return Settings(**training.saved_settings(out))
