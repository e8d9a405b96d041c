"""Five points in a detector's boxes: the supervised descent that any classical detector can use."""

from importlib.resources import as_file, files
from pathlib import Path

import numpy as np

from eigen2arc.core import model_file
from eigen2arc.core.checks import check_shape
from eigen2arc.core.errors import UserError

from .face_windows import BOX_PX, WINDOW_PX, cut_windows, to_image
from .supervised_descent import SupervisedDescent

NAME = "landmarks"

#: What a setting may say instead of a file's name, and the file that it means: trained on synthetic faces alone.
SHIPPED = {"synthetic": "landmarks.safetensors"}


class FaceLandmarks:
    """A landmark model for the boxes of any detector.

    descent : what was fitted on face windows.
    """

    def __init__(self, descent: SupervisedDescent) -> None:
        self.descent = descent

    def locate_points(self, grey: np.ndarray, boxes: np.ndarray) -> np.ndarray:
        """Locate the points (N, 5, 2) float32, x y in pixels, of the faces in boxes (N, 4) of a grey image (H, W)."""
        check_shape(grey, "H W", "grey")
        return to_image(self.descent.locate(cut_windows(grey, boxes)), boxes).astype(np.float32)

    def save(self, path: Path | str) -> None:
        """Write the model; ``read_landmarks(path)`` reads it."""
        settings = {"window_px": WINDOW_PX, "box_px": BOX_PX}
        model_file.save(path, NAME, settings, self.descent.tensors())


def read_landmarks(model: Path | str) -> FaceLandmarks:
    """Read a file written by ``classical train landmarks``, or a key of SHIPPED. Raises UserError for anything else."""
    if model in SHIPPED:
        with as_file(files("eigen2arc.classical.weights") / SHIPPED[str(model)]) as path:
            return _read(path)
    return _read(model)


def _read(path: Path | str) -> FaceLandmarks:
    settings, tensors = model_file.load(path, NAME, SupervisedDescent.SHAPES)
    if settings != {"window_px": WINDOW_PX, "box_px": BOX_PX}:
        raise UserError(f"{path}: was fitted on other face windows ({settings}) than this version cuts")
    try:
        descent = SupervisedDescent(**tensors)
        check_shape(descent.mean_shape, "5 2", "mean_shape")
    except ValueError as error:
        raise UserError(f"{path}: {error}") from None
    return FaceLandmarks(descent)
