"""A network trained only on the faces it is fitted on: the deep track's answer to Eigenfaces."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from eigen2arc.core import plugins
from eigen2arc.core.bounds import Count, EmbeddingSize, PluginTable, Positive, Seed, SidePx, fits
from eigen2arc.core.checks import check_crops
from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError
from eigen2arc.core.settings import settings_of_file
from eigen2arc.deep.augment.degradations import Degradations
from eigen2arc.deep.encode.data.crops import ArrayCrops
from eigen2arc.deep.encode.data.training_data import Sampler, TrainingData
from eigen2arc.deep.encode.network.backbone import Backbone, backbone_of_file, embed
from eigen2arc.deep.encode.network.embedding_network import EmbeddingNetwork
from eigen2arc.deep.engine import loop as training
from eigen2arc.deep.ops.device import torch_device
from eigen2arc.deep.weights_io import checkpoint

#: What the side of the crops is called among what was learned.
SIZE = "crop_size_px"

#: What suits some hundreds of people with few faces each.
NETWORK: Mapping[str, Any] = {"name": "mobilefacenet", "width": 0.5, "size_px": 64}
LOSS: Mapping[str, Any] = {"name": "arcface", "scale": 16.0, "margin_rad": 0.1}

#: Shares of crops that are blurred, brought to low resolution and covered.
DEGRADATIONS = Degradations(0.1, 0.1, 0.1)


@dataclass(frozen=True, kw_only=True)
class Recipe(training.Schedule):
    """How the network is trained: see `eigen2arc deep train encoder`."""

    backbone: str
    backbone_settings: Mapping[str, Any] = field(default_factory=dict)
    loss: str
    loss_settings: Mapping[str, Any] = field(default_factory=dict)
    embedding_size: int


class FromScratch:
    """Crops to a backbone's vectors, as they come: lengths are left to the cosine matcher.

    fit trains it from random weights; nothing is held out, so the last weights are kept. On a CPU the same crops,
    labels and seed give the same network.
    """

    matcher = "cosine"

    def __init__(self, recipe: Recipe, device: str, *, trained_with: str = "nothing") -> None:
        self.recipe, self.device, self.trained_with = recipe, device, trained_with
        self.backbone_: Backbone | None = None
        self.size_px_ = 0

    def fit(self, crops: np.ndarray, labels: np.ndarray) -> "FromScratch":
        """Train the network on crops (N, S, S, 3) uint8 of the people ``labels`` (N,) int64, -1 for unknown ones."""
        side = _new_backbone(self.recipe).size_px
        self.backbone_ = _fitted_backbone(self.recipe, _scaled(crops, side), labels, self.device)
        self.size_px_ = crops.shape[1]
        return self

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode (N, S, S, 3) uint8 crops, scaled to the backbone's side, as (N, D) float32.

        Raises UserError before fit.
        """
        backbone = self._fitted()
        n, size_px = check_crops(crops)
        if n and size_px != self.size_px_:
            was, got = (f"{side} x {side}" for side in (self.size_px_, size_px))
            raise ValueError(f"from_scratch: was fitted on {was} pixels, got {got}")
        return embed(backbone, _scaled(crops, backbone.size_px), torch_device(self.device))

    def save(self, path: Path | str) -> None:
        """Write the fitted encoder; ``build(model=path)`` reads it, and so does the encoder `embedding`."""
        metadata = {"settings": asdict(self.recipe), SIZE: self.size_px_}
        checkpoint.save(Path(path), self._fitted().state_dict(), metadata)

    def tensors(self) -> dict[str, np.ndarray]:
        state = {name: tensor.cpu().numpy() for name, tensor in self._fitted().state_dict().items()}
        return state | {SIZE: np.array(self.size_px_)}

    def restore(self, tensors: dict[str, np.ndarray]) -> "FromScratch":
        """Restore the network from what ``tensors`` of a fitted one gave."""
        state = {name: torch.from_numpy(np.array(array)) for name, array in tensors.items()}
        self.set_network(state, int(state.pop(SIZE)), "from_scratch")
        return self

    def set_network(self, tensors: Mapping[str, Tensor], size_px: int, where: str) -> None:
        """Set the trained network and the side of its crops. Raises UserError, in the name of ``where``."""
        recipe = self.recipe
        backbone = backbone_of_file(recipe.backbone, recipe.embedding_size, recipe.backbone_settings, tensors, where)
        self.backbone_, self.size_px_ = backbone.to(torch_device(self.device)), size_px

    def _fitted(self) -> Backbone:
        if self.backbone_ is None:
            raise UserError("from_scratch has to be fitted first: call fit, or compare it on a set with training faces")
        return self.backbone_


class _Fitting:
    """The training task (see deep/engine/loop.py): people are told apart, and no one is held out."""

    monitor = ("accuracy", "accuracy on faces held out")
    resume_command = "the same command, which begins this network anew"
    metadata: Mapping[str, Any] = {}

    def __init__(self, network: EmbeddingNetwork, data: TrainingData, sampler: Sampler) -> None:
        self.network, self.export_module = network, network.backbone
        self.data, self.sampler = data, sampler

    def batches(self, steps: range, part: int, parts: int) -> Iterator[tuple[Tensor, ...]]:
        return self.data.batches(self.sampler, steps, part, parts)

    def evaluate(self, device: torch.device) -> dict[str, Any]:
        return {}


def _new_backbone(recipe: Recipe) -> Backbone:
    """A backbone with random weights, from torch's generator."""
    size = {"embedding_size": recipe.embedding_size}
    backbone: Backbone = plugins.build("backbone", recipe.backbone, **size, **recipe.backbone_settings)
    return backbone


def _fitted_backbone(recipe: Recipe, crops: np.ndarray, labels: np.ndarray, device: str) -> Backbone:
    """A backbone trained on (N, S, S, 3) uint8 crops of its side and whose they are: (N,) int64, -1 for unknown."""
    accelerator = training.start(recipe, device)
    torch.manual_seed(recipe.seed)
    backbone = _new_backbone(recipe)
    known = np.flatnonzero(labels >= 0)
    data = TrainingData(ArrayCrops(crops), known, labels[known], DEGRADATIONS, recipe.seed)
    size = {"embedding_size": recipe.embedding_size}
    loss = plugins.build("loss", recipe.loss, **size, classes=data.people, **recipe.loss_settings)
    batches = {"labels": data.classes, "batch_size": min(recipe.batch_size, len(known)), "seed": recipe.seed}
    task = _Fitting(EmbeddingNetwork(backbone, loss), data, plugins.build("sampler", loss.sampler, **batches))
    with TemporaryDirectory() as folder:
        training.run(task, recipe, Path(folder), accelerator, resume=False, command="", progress=False)
    return backbone.eval()


def _scaled(crops: np.ndarray, size_px: int) -> np.ndarray:
    """(N, S, S, 3) crops to (N, size_px, size_px, 3)."""
    if crops.shape[1] == size_px:
        return crops
    how = cv2.INTER_AREA if crops.shape[1] > size_px else cv2.INTER_LINEAR
    side = (size_px, size_px)
    whole = np.zeros((len(crops), *side, 3), np.uint8)
    for row, crop in zip(whole, crops, strict=True):
        row[:] = cv2.resize(crop, side, interpolation=how)
    return whole


def load(path: Path, device: str) -> FromScratch:
    """Read an encoder that ``save`` wrote. Raises UserError for any other file."""
    tensors, metadata = checkpoint.load(path)
    recipe = settings_of_file(Recipe, metadata.get("settings"), path)
    size_px: Any = metadata.get(SIZE)
    if not fits(size_px, SidePx):
        raise UserError(f"{path}: is no network of from_scratch: {SIZE} is {size_px!r:.60}")
    encoder = FromScratch(recipe, device, trained_with="identities")
    encoder.set_network(tensors, size_px, str(path))
    return encoder


def build(
    *,
    backbone: PluginTable = NETWORK,
    loss: PluginTable = LOSS,
    steps: Count = 600,
    batch_size: Count = 64,
    learning_rate: Positive = 0.05,
    embedding_size: EmbeddingSize = 128,
    seed: Seed = 0,
    device: str = "auto",
    model: str | Path | None = None,
) -> FromScratch:
    """Build the encoder that is trained from random weights on the faces it is fitted on.

    backbone, loss : a name, or a table of a plug-in's name and settings. steps : how many batches. batch_size : crops a
    step. learning_rate : of SGD, at its peak. model : a file that ``save`` wrote; it brings its own settings.
    """
    if model is not None:
        return load(Path(model), device)
    network = Component.parse("backbone", backbone, "from_scratch, backbone")
    margin = Component.parse("loss", loss, "from_scratch, loss")
    recipe = Recipe(
        backbone=network.name,
        backbone_settings=network.settings,
        loss=margin.name,
        loss_settings=margin.settings,
        steps=steps,
        batch_size=batch_size,
        learning_rate=learning_rate,
        embedding_size=embedding_size,
        seed=seed,
        verify_every_steps=steps,
        save_every_s=1e9,
        warm_up_steps=max(1, steps // 20),
    )
    return FromScratch(recipe, device)
