"""What a channel detector has learned, the windows that it finds in an image, and its file on disk."""

from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np

from eigen2arc.classical.detect.boosting.tree_ensemble import BoostedTrees
from eigen2arc.classical.detect.channels.engine.channels import CHANNELS
from eigen2arc.classical.detect.channels.engine.fast_feature_pyramid import pyramid
from eigen2arc.classical.detect.channels.engine.soft_cascade import scan
from eigen2arc.classical.detect.channels.engine.window_features import FEATURES, WINDOW, WINDOW_PX
from eigen2arc.core import model_file
from eigen2arc.core.checks import check_finite, check_shape
from eigen2arc.core.errors import UserError

#: As stored in a safetensors file, see core.model_file: one pattern per tensor, see core.checks.check_shape.
NAME = "channel_features"
SHAPES = {"features": "K I", "thresholds": "K I", "leaves": "K L", "lambdas": str(CHANNELS)}

#: The name of the model that comes with the project, and its file among classical/weights.
SHIPPED = "faces"
SHIPPED_FILE = f"{NAME}.safetensors"


@dataclass(frozen=True)
class ChannelCascade:
    """A trained cascade on channel features.

    trees : on the FEATURES of a window. lambdas : (CHANNELS,), see fast_feature_pyramid.estimate_lambdas().

    reject_below : a window is given up once its sum is less.
    """

    trees: BoostedTrees
    lambdas: np.ndarray
    reject_below: float = -1.0

    def __post_init__(self) -> None:
        check_shape(self.lambdas, str(CHANNELS), "ChannelCascade.lambdas")
        check_finite(self.lambdas, "ChannelCascade.lambdas")
        if len(self.trees) and self.trees.features.max() >= FEATURES:
            raise ValueError(f"ChannelCascade: expected features below {FEATURES}, got {self.trees.features.max()}")

    def windows(self, grey: np.ndarray, least_px: float) -> tuple[np.ndarray, np.ndarray]:
        """Find the windows of (H, W) uint8 whose side is least_px or more, and that score above 0: more face than not.

        Returns (N, 4) float64 x1 y1 x2 y2, which may reach over the border, and scores (N,) float32.
        """
        found, scores = [np.zeros((0, 4))], [np.zeros(0, np.float32)]
        for level in pyramid(grey, self.lambdas, WINDOW_PX / least_px, WINDOW):
            sums = self._scan(level.cells)
            rows, columns = np.nonzero(sums > 0)
            corners = np.stack([columns, rows], axis=1)
            found.append(np.concatenate([level.to_image(corners), level.to_image(corners + WINDOW)], axis=1))
            scores.append(sums[rows, columns])
        return np.concatenate(found), np.concatenate(scores)

    def _scan(self, cells: np.ndarray) -> np.ndarray:
        trees = self.trees
        return scan(cells, WINDOW, trees.features, trees.thresholds, trees.leaves, self.reject_below)


def save_channel_cascade(path: Path | str, cascade: ChannelCascade) -> None:
    """Write a cascade to a file, atomically."""
    trees = cascade.trees
    tensors = {
        "features": trees.features.astype(np.float32),  # indices this small are whole in float32
        "thresholds": trees.thresholds,
        "leaves": trees.leaves,
        "lambdas": cascade.lambdas.astype(np.float32),
    }
    model_file.save(path, NAME, {"reject_below": cascade.reject_below}, tensors)


def load_channel_cascade(model: Path | str) -> ChannelCascade:
    """Read a cascade from a file, or the one that comes with the project, called "faces".

    Raises UserError for a file that is missing or broken, or whose numbers are not those of a channel cascade.
    """
    if str(model) == SHIPPED:
        with as_file(files("eigen2arc.classical.weights") / SHIPPED_FILE) as path:
            return _load(path)
    return _load(Path(model))


def _load(path: Path) -> ChannelCascade:
    settings, tensors = model_file.load(path, NAME, SHAPES)
    indices, reject_below = tensors["features"], settings.get("reject_below")
    if set(settings) != {"reject_below"} or not isinstance(reject_below, float) or not np.isfinite(reject_below):
        raise UserError(f"{path}: expected one setting, reject_below, a finite number, got {settings}")
    if not ((indices >= 0) & (indices < FEATURES) & (indices == np.floor(indices))).all():
        raise UserError(f"{path}: features: expected whole numbers from 0 to {FEATURES - 1}")
    try:
        trees = BoostedTrees(indices.astype(np.int32), tensors["thresholds"], tensors["leaves"])
    except ValueError as error:
        raise UserError(f"{path}: {error}") from None
    return ChannelCascade(trees, tensors["lambdas"].astype(np.float64), reject_below)
