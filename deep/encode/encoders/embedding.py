"""Our own networks: a backbone trained by `eigen2arc deep train encoder`, by default the one that is shipped."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
import torch

from eigen2arc.core.bounds import EmbeddingSize
from eigen2arc.core.checks import check_crops
from eigen2arc.core.errors import UserError
from eigen2arc.core.settings import settings_of_file
from eigen2arc.deep.encode.network.backbone import Backbone, backbone_of_file, embed
from eigen2arc.deep.ops.device import torch_device
from eigen2arc.deep.weights_io import checkpoint

#: Trained on drawn faces only; its .json tells how, and how good it is.
SHIPPED = "mobilefacenet_synthetic.safetensors"


class Embedding:
    """Crops to a backbone's vectors, as they come: lengths are left to the cosine matcher."""

    matcher = "cosine"

    def __init__(self, backbone: Backbone, device: torch.device, trained_with: str = "unknown") -> None:
        self.backbone, self.device, self.trained_with = backbone.to(device), device, trained_with

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode (N, S, S, 3) uint8 RGB crops, S = the backbone's size_px, as (N, D) float32 vectors of any length."""
        n, size_px = check_crops(crops)
        wanted_px = self.backbone.size_px
        if n and size_px != wanted_px:
            raise UserError(f"embedding: takes crops of {wanted_px} pixels, got {size_px}; set the aligner's size_px")
        return embed(self.backbone, crops, self.device)


@dataclass(frozen=True)
class Made:
    """What a weights file says of its backbone, among the settings of its training."""

    backbone: str
    backbone_settings: Mapping[str, Any]
    embedding_size: EmbeddingSize


def load_backbone(path: Path) -> Backbone:
    """Build the backbone that a weights file was made from, with its weights. Raises UserError for any other file."""
    tensors, metadata = checkpoint.load(path)
    settings = metadata.get("settings")
    named = {f.name: settings[f.name] for f in fields(Made) if f.name in settings} if isinstance(settings, dict) else {}
    made = settings_of_file(Made, named, f"{path}: does not say which backbone it is for")
    return backbone_of_file(made.backbone, made.embedding_size, made.backbone_settings, tensors, str(path))


def trained_with(path: Path) -> str:
    """Return what the weights of a file were trained with, one of core.stages.TRAINED_WITH.

    That is identities where the file says with which loss it was trained here, else what its metadata say as
    "trained_with", else unknown.
    """
    _, metadata = checkpoint.load(path)
    return "identities" if "loss" in metadata["settings"] else str(metadata.get("trained_with", "unknown"))


def build(*, weights: Path | str | None = None, device: str = "auto") -> Embedding:
    """Build the encoder of a trained backbone.

    weights : best.safetensors of a training run; None for the shipped ones.
    """
    if weights is not None:
        return Embedding(load_backbone(Path(weights)), torch_device(device), trained_with(Path(weights)))
    with as_file(files("eigen2arc.deep.weights") / SHIPPED) as path:
        return Embedding(load_backbone(path), torch_device(device), trained_with(path))
