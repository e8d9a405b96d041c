"""A trained window classifier: a feature, a classifier on top of it, and a sigmoid that makes probabilities of it.

R-CNN's has a regression besides, which moves the boxes of what it takes for a face.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np

from eigen2arc.classical.image.crop_windows import crop_windows
from eigen2arc.core import model_file, plugins
from eigen2arc.core.errors import parsing

from .box_regression import BoxRegression
from .platt import Sigmoid

#: Windows that are described at a time: their descriptors then take a few megabytes, however many windows there are.
BLOCK = 2048

#: The largest side of a window in a file.
MAX_SIZE_PX = 256


class Feature(Protocol):
    """Describes windows of one size; a plug-in of kind "feature"."""

    size_px: int

    def describe(self, windows: np.ndarray) -> np.ndarray:
        """Describe windows (N, S, S) uint8 grey, (N, D) float32. Row i depends on window i only."""
        ...


class Classifier(Protocol):
    """Tells faces from others by their descriptors; a plug-in of kind "classifier". What it learned ends in ``_``.

    SHAPES : the tensors that it is saved as, see model_file.check_tensors; INTEGERS : those of them that are int32.
    """

    SHAPES: ClassVar[dict[str, str]]
    INTEGERS: ClassVar[tuple[str, ...]]

    def fit(self, x: np.ndarray, faces: np.ndarray, weights: np.ndarray | None = None) -> "Classifier": ...

    def decide(self, x: np.ndarray) -> np.ndarray: ...

    def tensors(self) -> dict[str, np.ndarray]: ...

    def restore(self, tensors: dict[str, np.ndarray]) -> "Classifier": ...


@dataclass(frozen=True)
class WindowModel:
    """A window classifier.

    feature_name, classifier_name : the plug-ins' names. sigmoid : from decision values to probabilities.
    context_px : how much of a window's border, in pixels of the window, shows what lies around the box. boxes : the
    regression, None for a model that leaves boxes where they are.
    """

    feature_name: str
    feature: Feature
    classifier_name: str
    classifier: Classifier
    sigmoid: Sigmoid
    context_px: float = 0.0
    boxes: BoxRegression | None = None

    def crop(self, grey: np.ndarray, boxes: np.ndarray) -> np.ndarray:
        """Crop the windows (N, S, S) that the model sees of the boxes (N, 4) in a grey image (H, W) uint8."""
        return crop_boxes(grey, boxes, self.context_px, self.feature.size_px)

    def decide(self, windows: np.ndarray) -> np.ndarray:
        """Compute decision values (N,) float64 of windows (N, S, S) uint8 grey, the higher the more a face."""
        return decisions(self.feature, self.classifier, windows)

    def probability(self, windows: np.ndarray) -> np.ndarray:
        """Compute the probabilities (N,) float64, 0..1, that windows (N, S, S) uint8 grey are faces.

        Calibrated for the training's share of faces. In an image hardly one window in 10,000 is one, so that there
        fewer of the windows with a probability p are faces than a share of p.
        """
        return self.sigmoid.probability(self.decide(windows))

    def probabilities_at(self, grey: np.ndarray, boxes: np.ndarray) -> np.ndarray:
        """Compute the probabilities (N,) float64 of any number of boxes (N, 4) in a grey image (H, W) uint8."""
        blocks = [boxes[start : start + BLOCK] for start in range(0, len(boxes), BLOCK)]
        return np.concatenate([np.zeros(0), *(self.probability(self.crop(grey, block)) for block in blocks)])

    def refine(self, grey: np.ndarray, boxes: np.ndarray) -> np.ndarray:
        """Move boxes (N, 4) of a grey image (H, W) uint8 to the boxes (N, 4) that they mean."""
        return boxes if self.boxes is None else self.boxes.move(boxes, self.feature.describe(self.crop(grey, boxes)))


def decisions(feature: Feature, classifier: Classifier, windows: np.ndarray) -> np.ndarray:
    """Compute the decision values (N,) float64 of windows (N, S, S) uint8 grey, block by block."""
    blocks = [windows[start : start + BLOCK] for start in range(0, len(windows), BLOCK)]
    return np.concatenate([np.zeros(0), *(classifier.decide(feature.describe(block)) for block in blocks)])


def crop_boxes(grey: np.ndarray, boxes: np.ndarray, context_px: float, size_px: int) -> np.ndarray:
    """Cut boxes (N, 4) out of a grey image (H, W) uint8 as windows (N, S, S) that show ``context_px`` around them.

    R. Girshick et al., "Rich feature hierarchies ...", CVPR 2014, appendix A: 16 pixels of 227 on each side.
    """
    margin = (boxes[:, 2:] - boxes[:, :2]) * (context_px / (size_px - 2 * context_px))
    return crop_windows(grey, np.concatenate([boxes[:, :2] - margin, boxes[:, 2:] + margin], axis=1), size_px)


def save(path: Path | str, name: str, model: WindowModel) -> None:
    """Write a model of the detector ``name``; load() reads it."""
    settings = {
        "feature": model.feature_name,
        "feature_settings": _settings("feature", model.feature_name, model.feature),
        "classifier": model.classifier_name,
        "classifier_settings": _settings("classifier", model.classifier_name, model.classifier),
        "sigmoid": [model.sigmoid.a, model.sigmoid.b],
        "context_px": model.context_px,
    }
    boxes = {} if model.boxes is None else model.boxes.tensors()
    model_file.save(path, name, settings, model.classifier.tensors() | boxes)


def _settings(kind: str, name: str, plugin: object) -> dict[str, Any]:
    """Collect all settings of a plug-in as it was built, defaults among them: a later version may have others."""
    return {setting: getattr(plugin, setting) for setting in plugins.find(kind, name).settings}


def load(path: Path | str, name: str) -> WindowModel:
    """Read a model of the detector ``name``. Raises UserError for a file that is not one."""
    settings, tensors = model_file.read(path, name)
    moves = {key: tensors.pop(key) for key in BoxRegression.SHAPES if key in tensors}
    with parsing(path, "is not a window model that can be used"):
        feature = plugins.build("feature", settings["feature"], **settings["feature_settings"])
        classifier = plugins.build("classifier", settings["classifier"], **settings["classifier_settings"])
        model_file.check_tensors(path, tensors, classifier.SHAPES, classifier.INTEGERS)
        classifier.restore(tensors)
        if moves:
            model_file.check_tensors(path, moves, BoxRegression.SHAPES)
        boxes = BoxRegression(moves["box_weights"], moves["box_bias"]) if moves else None
        a, b = settings["sigmoid"]
        context_px = float(settings["context_px"])
        if not 0 <= 2 * context_px < feature.size_px <= MAX_SIZE_PX:
            raise ValueError(f"windows of {feature.size_px} px with a context of {context_px:g} px")
        x = feature.describe(np.zeros((1, feature.size_px, feature.size_px), np.uint8))
        classifier.decide(x)  # fails where it was not made for vectors of this length
        if boxes is not None and boxes.weights.shape[1] != x.shape[1]:
            raise ValueError(f"moves boxes by {boxes.weights.shape[1]} dimensions, describes by {x.shape[1]}")
        sigmoid = Sigmoid(float(a), float(b))
    return WindowModel(settings["feature"], feature, settings["classifier"], classifier, sigmoid, context_px, boxes)
