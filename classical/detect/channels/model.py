"""A channel cascade on disk: one safetensors file, see model_file.py."""

from importlib.resources import as_file, files
from pathlib import Path

import numpy as np

from eigen2arc.classical.detect.boosting.tree_ensemble import BoostedTrees
from eigen2arc.core import model_file
from eigen2arc.core.errors import UserError

from .channel_cascade import ChannelCascade
from .channels import CHANNELS
from .window_features import FEATURES

NAME = "channel_features"
SHAPES = {"features": "K I", "thresholds": "K I", "leaves": "K L", "lambdas": str(CHANNELS)}

#: The name of the model that comes with the project, and its file among classical/weights.
SHIPPED = "faces"
SHIPPED_FILE = f"{NAME}.safetensors"


def save(path: Path | str, cascade: ChannelCascade) -> None:
    """Write a cascade, atomically."""
    trees = cascade.trees
    tensors = {
        "features": trees.features.astype(np.float32),  # numbers this small are whole in float32
        "thresholds": trees.thresholds,
        "leaves": trees.leaves,
        "lambdas": cascade.lambdas.astype(np.float32),
    }
    model_file.save(path, NAME, {"reject_below": cascade.reject_below}, tensors)


def load(model: Path | str) -> ChannelCascade:
    """Read a cascade from a file, or the one that comes with the project, called "faces".

    Raises UserError for a file that is missing or broken, or whose numbers are not those of a channel cascade.
    """
    if str(model) == SHIPPED:
        with as_file(files("eigen2arc.classical.weights") / SHIPPED_FILE) as path:
            return _load(path)
    return _load(Path(model))


def _load(path: Path) -> ChannelCascade:
    settings, tensors = model_file.load(path, NAME, SHAPES)
    numbers, reject_below = tensors["features"], settings.get("reject_below")
    if set(settings) != {"reject_below"} or not isinstance(reject_below, float) or not np.isfinite(reject_below):
        raise UserError(f"{path}: expected one setting, reject_below, a finite number, got {settings}")
    if not ((numbers >= 0) & (numbers < FEATURES) & (numbers == np.floor(numbers))).all():
        raise UserError(f"{path}: features: expected whole numbers from 0 to {FEATURES - 1}")
    try:
        trees = BoostedTrees(numbers.astype(np.int32), tensors["thresholds"], tensors["leaves"])
    except ValueError as error:
        raise UserError(f"{path}: {error}") from None
    return ChannelCascade(trees, tensors["lambdas"].astype(np.float64), reject_below)
