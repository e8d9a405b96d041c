"""A network that knows nothing but the faces it is fitted on: the deep track's answer to Eigenfaces."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from eigen2arc.core.checks import check_crops
from eigen2arc.core.errors import UserError
from eigen2arc.deep.encode.network.embed import Backbone, embed
from eigen2arc.deep.encode.training.fitting import Recipe, fitted_backbone, new_backbone
from eigen2arc.deep.ops.device import torch_device
from eigen2arc.deep.weights_io import checkpoint

#: What the side of the crops is called among what was learned.
SIZE = "crop_size_px"

#: What suits some hundreds of people with few faces each.
NETWORK: Mapping[str, Any] = {"name": "mobilefacenet", "width": 0.5, "size_px": 64}
LOSS: Mapping[str, Any] = {"name": "arcface", "scale": 16.0, "margin_rad": 0.1}


class FromScratch:
    """Crops to a backbone's vectors, as they come: lengths are left to the cosine matcher.

    fit trains it from random weights; nothing is held out, so the last weights are kept. On a CPU the same crops,
    labels and seed give the same network.
    """

    matcher = "cosine"

    def __init__(self, recipe: Recipe, device: str) -> None:
        self.recipe, self.device = recipe, device
        self.backbone_: Backbone | None = None
        self.size_px_ = 0

    def fit(self, crops: np.ndarray, labels: np.ndarray) -> "FromScratch":
        """Learn from (N, S, S, 3) uint8 crops of the people ``labels`` (N,) int64, -1 for somebody unknown."""
        side = new_backbone(self.recipe).size_px
        self.backbone_ = fitted_backbone(self.recipe, scaled(crops, side), labels, self.device)
        self.size_px_ = crops.shape[1]
        return self

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """(N, S, S, 3) uint8 crops, scaled to the backbone's side, to (N, D) float32. Raises UserError before fit."""
        backbone = self._fitted()
        n, size_px = check_crops(crops)
        if n and size_px != self.size_px_:
            was, got = (f"{side} x {side}" for side in (self.size_px_, size_px))
            raise ValueError(f"from_scratch: was fitted on {was} pixels, got {got}")
        return embed(backbone, scaled(crops, backbone.size_px), torch_device(self.device))

    def save(self, path: Path | str) -> None:
        """Write the fitted encoder; ``build(model=path)`` reads it, and so does the encoder `embedding`."""
        facts = {"settings": asdict(self.recipe), SIZE: self.size_px_}
        checkpoint.save(Path(path), self._fitted().state_dict(), facts)

    def tensors(self) -> dict[str, np.ndarray]:
        state = {name: tensor.cpu().numpy() for name, tensor in self._fitted().state_dict().items()}
        return state | {SIZE: np.array(self.size_px_)}

    def restore(self, tensors: dict[str, np.ndarray]) -> "FromScratch":
        """Take over what ``tensors`` of a fitted one gave."""
        backbone = new_backbone(self.recipe)
        state = {name: torch.from_numpy(np.array(array)) for name, array in tensors.items()}
        self.size_px_ = int(state.pop(SIZE))
        checkpoint.load_into(backbone, state, "from_scratch")
        self.backbone_ = backbone.eval().to(torch_device(self.device))
        return self

    def _fitted(self) -> Backbone:
        if self.backbone_ is None:
            raise UserError("from_scratch has to be fitted first: call fit, or compare it on a set with training faces")
        return self.backbone_


def scaled(crops: np.ndarray, size_px: int) -> np.ndarray:
    """(N, S, S, 3) crops to (N, size_px, size_px, 3)."""
    if crops.shape[1] == size_px:
        return crops
    how = cv2.INTER_AREA if crops.shape[1] > size_px else cv2.INTER_LINEAR
    side = (size_px, size_px)
    whole = np.zeros((len(crops), *side, 3), np.uint8)
    for place, crop in zip(whole, crops, strict=True):
        place[:] = cv2.resize(crop, side, interpolation=how)
    return whole


def load(path: Path, device: str) -> FromScratch:
    """What ``save`` wrote. Raises UserError for any other file."""
    tensors, facts = checkpoint.load(path)
    try:
        recipe, size_px = Recipe(**facts["settings"]), int(facts[SIZE])
    except (KeyError, TypeError) as error:
        raise UserError(f"{path}: is no network of from_scratch ({error})") from error
    arrays = {name: tensor.numpy() for name, tensor in tensors.items()}
    return FromScratch(recipe, device).restore(arrays | {SIZE: np.array(size_px)})


def build(
    *,
    backbone: Mapping[str, Any] | None = None,
    loss: Mapping[str, Any] | None = None,
    steps: int = 600,
    batch_size: int = 64,
    learning_rate: float = 0.05,
    embedding_size: int = 128,
    seed: int = 0,
    device: str = "auto",
    model: str | Path | None = None,
) -> FromScratch:
    """backbone, loss : tables of a plug-in's name and settings; NETWORK and LOSS if not given.

    steps : batches of ``batch_size`` crops. learning_rate : of SGD, at its peak. device : "auto", "cpu" or "cuda".
    model : a file that ``save`` wrote; it brings its own settings.
    """
    if model is not None:
        return load(Path(model), device)
    network = dict(NETWORK if backbone is None else backbone)
    margin = dict(LOSS if loss is None else loss)
    for part, table in (("backbone", network), ("loss", margin)):
        if "name" not in table:
            raise UserError(f"from_scratch: {part}: expected a table with a name, as {{ name = '...' }}, got {table}")
    recipe = Recipe(
        backbone=network.pop("name"),
        backbone_settings=network,
        loss=margin.pop("name"),
        loss_settings=margin,
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
