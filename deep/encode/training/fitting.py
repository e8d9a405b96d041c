"""A backbone trained on faces in memory, from random weights to the last step: nothing is held out, nothing is kept."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch import Tensor

from eigen2arc.core import plugins
from eigen2arc.deep.augment.degradations import Degradations
from eigen2arc.deep.encode.data.crops import ArrayCrops
from eigen2arc.deep.encode.data.training_data import Sampler, TrainingData
from eigen2arc.deep.encode.network.embed import Backbone
from eigen2arc.deep.encode.network.embedding_network import EmbeddingNetwork
from eigen2arc.deep.engine import loop as training

#: Shares of crops that are blurred, brought to low resolution and covered.
DEGRADATIONS = Degradations(0.1, 0.1, 0.1)


@dataclass(frozen=True, kw_only=True)
class Recipe(training.Schedule):
    """How it is trained: see `eigen2arc deep train encoder`."""

    backbone: str
    backbone_settings: Mapping[str, Any] = field(default_factory=dict)
    loss: str
    loss_settings: Mapping[str, Any] = field(default_factory=dict)
    embedding_size: int


class Fitting:
    """The task: people are told apart, and no one is held out."""

    merit = ("accuracy", "accuracy on faces held out")
    go_on = "the same command, which begins this network anew"
    facts: Mapping[str, Any] = {}

    def __init__(self, network: EmbeddingNetwork, data: TrainingData, sampler: Sampler) -> None:
        self.network, self.deployed = network, network.backbone
        self.data, self.sampler = data, sampler

    def batches(self, steps: range, part: int, parts: int) -> Iterator[tuple[Tensor, ...]]:
        return self.data.batches(self.sampler, steps, part, parts)

    def look(self, device: torch.device) -> dict[str, Any]:
        return {}


def new_backbone(recipe: Recipe) -> Backbone:
    """With random weights, from torch's generator."""
    size = {"embedding_size": recipe.embedding_size}
    backbone: Backbone = plugins.build("backbone", recipe.backbone, **size, **recipe.backbone_settings)
    return backbone


def fitted_backbone(recipe: Recipe, crops: np.ndarray, labels: np.ndarray, device: str) -> Backbone:
    """Learn from (N, S, S, 3) uint8 crops of the backbone's side and whose they are: (N,) int64, -1 for unknown."""
    accelerator = training.start(recipe, device)
    torch.manual_seed(recipe.seed)
    backbone = new_backbone(recipe)
    known = np.flatnonzero(labels >= 0)
    data = TrainingData(ArrayCrops(crops), known, labels[known], DEGRADATIONS, recipe.seed)
    size = {"embedding_size": recipe.embedding_size}
    loss = plugins.build("loss", recipe.loss, **size, classes=data.people, **recipe.loss_settings)
    batches = {"labels": data.classes, "batch_size": min(recipe.batch_size, len(known)), "seed": recipe.seed}
    task = Fitting(EmbeddingNetwork(backbone, loss), data, plugins.build("sampler", loss.sampler, **batches))
    with TemporaryDirectory() as folder:
        training.run(task, recipe, Path(folder), accelerator, resume=False, command="", shown=False)
    return backbone.eval()
