"""R-CNN's model: a classifier of warped proposals and a regression that moves them. See detectors/rcnn.py."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eigen2arc.core import model_file
from eigen2arc.core.errors import UserError

from .box_regression import BoxRegression
from .model import WindowModel, pack, unpack

NAME = "rcnn"


@dataclass(frozen=True)
class RCNN:
    """An R-CNN. windows : the classifier. boxes : the regression, None where no proposal was near enough to a face."""

    windows: WindowModel
    boxes: BoxRegression | None

    def refine(self, grey: np.ndarray, regions: np.ndarray) -> np.ndarray:
        """Move regions (N, 4) of a grey image (H, W) uint8 to the boxes (N, 4) that they mean."""
        if self.boxes is None:
            return regions
        return self.boxes.move(regions, self.windows.feature.describe(self.windows.crop(grey, regions)))


def save(path: Path | str, model: RCNN) -> None:
    """Write an R-CNN model; load() reads it."""
    settings, tensors = pack(model.windows)
    model_file.save(path, NAME, settings, tensors | ({} if model.boxes is None else model.boxes.tensors()))


def load(path: Path | str) -> RCNN:
    """Read an R-CNN model. Raises UserError for a file that is not one."""
    settings, tensors = model_file.read(path, NAME)
    moved = {name: tensors.pop(name) for name in BoxRegression.SHAPES if name in tensors}
    windows = unpack(path, settings, tensors)
    if not moved:
        return RCNN(windows, None)
    model_file.check_tensors(path, moved, BoxRegression.SHAPES)
    boxes = BoxRegression(moved["box_weights"], moved["box_bias"])
    if boxes.weights.shape[1] != windows.dimensions:
        raise UserError(
            f"{path}: moves boxes by {boxes.weights.shape[1]} dimensions, describes by {windows.dimensions}"
        )
    return RCNN(windows, boxes)
