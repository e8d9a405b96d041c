"""Train a face embedding: a backbone and a loss on labelled faces, on one CPU or many GPUs. See deep/engine/loop.py."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from eigen2arc.core import plugins
from eigen2arc.core.artefacts import digest
from eigen2arc.core.bounds import EmbeddingSize, Natural, PluginTable, Share
from eigen2arc.core.component import Component
from eigen2arc.core.console import say
from eigen2arc.core.errors import UserError
from eigen2arc.core.settings import settings_of_file
from eigen2arc.core.types import Dataset
from eigen2arc.deep.augment.degradations import Degradations
from eigen2arc.deep.distributed.partial_fc import PartialFC
from eigen2arc.deep.encode.data.crops import Crops, crops_of
from eigen2arc.deep.encode.data.training_data import Sampler, TrainingData, damage_report, split
from eigen2arc.deep.encode.data.validation import HeldOutPairs, HeldOutPeople
from eigen2arc.deep.encode.network.backbone import Backbone, embed
from eigen2arc.deep.encode.network.embedding_network import EmbeddingNetwork, Loss
from eigen2arc.deep.engine import loop as training
from eigen2arc.deep.engine.state import DATA
from eigen2arc.deep.weights_io import checkpoint


@dataclass(frozen=True, kw_only=True)
class Settings(training.Schedule):
    """All settings that decide what comes out of a training. The ``*_settings`` go to the plug-in's build."""

    backbone: str = "mobilefacenet"  # a plug-in of deep/encode/backbones
    backbone_settings: Mapping[str, Any] = field(default_factory=lambda: {"width": 0.5})
    loss: str = "arcface"  # a plug-in of deep/encode/losses
    loss_settings: Mapping[str, Any] = field(default_factory=dict)
    sample_rate: Share = 0.0  # of the people that a batch is told from: Partial FC; 0 for a plain classifier of all
    sampler: str = ""  # a plug-in of deep/encode/samplers; "" for the one that the loss is made for
    sampler_settings: Mapping[str, Any] = field(default_factory=dict)
    dataset: str = "synthetic"  # a plug-in of datasets, one that says who is who
    dataset_settings: Mapping[str, Any] = field(
        default_factory=lambda: {"people": 1500, "images_per_person": 20, "seed": 1000}
    )
    held_out_people: Natural = 100  # people, the last of the data set, kept for verification; see training_data.split
    verify_sets: list[PluginTable] = field(default_factory=list)  # sets of pairs: names, or tables with settings
    landmark_jitter: Share = 0.02  # standard deviation of the points that crops are cut by, in distances of the eyes
    blurred: Share = 0.1  # share of crops; see degradations.py
    low_resolution: Share = 0.1  # share of crops
    occluded: Share = 0.1  # share of crops
    embedding_size: EmbeddingSize = 512  # numbers per face
    initial_weights: str = ""  # best.safetensors of an earlier run of the same backbone, to be tuned


class Embedding:
    """The training task (see deep/engine/loop.py): people are told apart by a backbone's vectors."""

    monitor = ("accuracy", "accuracy on faces held out")

    def __init__(
        self,
        network: EmbeddingNetwork,
        data: TrainingData,
        sampler: Sampler,
        held_out: Sequence[HeldOutPeople | HeldOutPairs],
        metadata: Mapping[str, Any],
        resume_command: str,
    ) -> None:
        self.resume_command, self.metadata = resume_command, metadata
        self.network, self.export_module = network, network.backbone
        self.data, self.sampler, self.held_out = data, sampler, held_out

    def batches(self, steps: range, part: int, parts: int) -> Iterator[tuple[Tensor, ...]]:
        return self.data.batches(self.sampler, steps, part, parts)

    def evaluate(self, device: torch.device) -> dict[str, Any]:
        """Compute how well faces that were never trained on are told apart.

        Where sets of pairs are held out, accuracy is the mean over them.
        """
        metrics: dict[str, Any] = {}
        for part in self.held_out:
            metrics |= part.evaluate(lambda crops: embed(self.export_module, crops, device))
        pairs = [metrics[part.name] for part in self.held_out if isinstance(part, HeldOutPairs)]
        return metrics | ({"accuracy": float(np.mean(pairs))} if pairs else {})


def train(
    settings: Settings,
    out: Path,
    *,
    resume: bool = False,
    device: str = "auto",
    command: str = "",
    crops_folder: Path | None = None,
) -> np.ndarray:
    """Train a backbone; ``out``/best.safetensors is for the encoder `embedding`. See engine.loop.run.

    crops_folder : where faces that have to be cut are kept, to be shared between runs; ``out`` if it is None.
    """
    training.check_folder(out, resume)
    accelerator = training.start(settings, device)
    torch.manual_seed(settings.seed)
    size = {"embedding_size": settings.embedding_size}
    backbone: Backbone = plugins.build("backbone", settings.backbone, **size, **settings.backbone_settings)
    _check_batch_size(settings, backbone)
    dataset: Dataset = plugins.build("dataset", settings.dataset, **settings.dataset_settings)
    chosen = split(dataset, settings.held_out_people)
    assert dataset.labels is not None
    with accelerator.main_process_first():  # one process cuts the faces, the others find them cut
        crops = _crops(settings, dataset, crops_folder or out, backbone.size_px)
        held_out: list[HeldOutPeople | HeldOutPairs] = list(_pairs(settings, crops_folder or out, backbone.size_px))
    if not held_out and len(chosen.held_out):
        held_out.append(HeldOutPeople(crops, chosen.held_out, dataset.labels[chosen.held_out]))

    degradations = Degradations(settings.blurred, settings.low_resolution, settings.occluded)
    data = TrainingData(crops, chosen.train, dataset.labels[chosen.train], degradations, settings.seed)
    loss = loss_of(settings, data.people)
    if settings.initial_weights and not resume:
        begin_from = Path(settings.initial_weights)
        checkpoint.load_into(backbone, checkpoint.load(begin_from)[0], str(begin_from))
    counts = {"images": len(dataset.images), "people": len(dataset.people), "names": digest(dataset.people)}
    metadata = {"settings": asdict(settings), "crops": crops.name, DATA: counts}
    resume_command = f"eigen2arc deep train encoder --out {out} --resume"
    sampler = sampler_of(settings, loss, data.classes)
    task = Embedding(EmbeddingNetwork(backbone, loss), data, sampler, held_out, metadata, resume_command)
    losses = training.run(task, settings, out, accelerator, resume=resume, command=command)
    if accelerator.is_main_process and (damage := damage_report({crops, *(part.crops for part in held_out)})):
        say(damage)
    return losses


def _check_batch_size(settings: Settings, backbone: Backbone) -> None:
    """Refuse a batch of one where it is normalised by its own mean and deviation: every vector would be zero."""
    if settings.batch_size < 2 and any(isinstance(module, _BatchNorm) for module in backbone.modules()):
        raise UserError(
            f"training: batch_size: expected 2 or more, got {settings.batch_size}: {settings.backbone} has batch "
            "normalisation, which needs several crops to learn from at a time"
        )


def loss_of(settings: Settings, people: int) -> Loss:
    """Build the loss, its classifier whole on every device or, with a sample_rate, as Partial FC."""
    sharded = settings.sample_rate > 0
    classes = 1 if sharded else people  # Partial FC takes the margin alone, and has the centres itself
    size = {"embedding_size": settings.embedding_size}
    loss: Any = plugins.build("loss", settings.loss, **size, classes=classes, **settings.loss_settings)
    return PartialFC(loss, settings.embedding_size, people, settings.sample_rate) if sharded else loss


def sampler_of(settings: Settings, loss: Loss, classes: np.ndarray) -> Sampler:
    """Build the sampler that the settings ask for, or that the loss is made for."""
    name = settings.sampler or loss.sampler
    batches = {"labels": classes, "batch_size": settings.batch_size, "seed": settings.seed}
    sampler: Sampler = plugins.build("sampler", name, **batches, **settings.sampler_settings)
    return sampler


def _crops(settings: Settings, dataset: Dataset, folder: Path, size_px: int) -> Crops:
    return crops_of(dataset, folder, size_px=size_px, jitter=settings.landmark_jitter, seed=settings.seed)


def _pairs(settings: Settings, folder: Path, size_px: int) -> Iterator[HeldOutPairs]:
    """The sets whose pairs are verified while training goes on."""
    for table in settings.verify_sets:
        dataset: Dataset = Component.parse("dataset", table, "training: verify_sets").built
        if dataset.trials is None:
            raise UserError(f"training: verify_sets: {dataset.name} has no pairs to verify")
        crops = crops_of(dataset, folder, size_px=size_px, jitter=0.0, seed=0)
        yield HeldOutPairs(dataset.name, crops, dataset.trials)


def saved_settings(out: Path) -> Settings:
    """Read the settings of the run in a folder. Raises UserError if there is none."""
    return settings_of_file(Settings, training.saved_settings(out), out / training.STATE)
