"""Fitting five-point landmarks on faces with known points, from images to a model file and its held-out error."""

import logging
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from eigen2arc.core.bounds import Ge, Le, check_settings
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import write_json
from eigen2arc.core.geometry import iou
from eigen2arc.core.image import ImageError, to_grey
from eigen2arc.core.progress import progress_bars
from eigen2arc.core.stages import Detector
from eigen2arc.core.subset import training_part
from eigen2arc.core.types import LANDMARK_NAMES, Dataset, Faces

from .face_landmarks import FaceLandmarks
from .face_shapes import errors_by_eye_distance
from .face_windows import cut_windows, to_windows
from .supervised_descent import DescentSettings, fit_descent

log = logging.getLogger(__name__)

#: A detection is the annotated face if they share this much (intersection over union): boxes of a Viola-Jones detector
#: and of an annotator are of different height.
LEAST_IOU = 0.4


@dataclass(frozen=True)
class LandmarkErrors:
    """Point-to-point errors of faces, all but the share in units of the distance between the true eyes.

    mean : over all points and faces. median : of the faces' own means. within_tenth : share of faces whose mean is
    below 0.1. per_point : mean by the point's name. start : mean of the mean shape put into the box.
    """

    faces: int
    mean: float
    median: float
    within_tenth: float
    per_point: dict[str, float]
    start: float

    @classmethod
    def of(cls, found: np.ndarray, start: np.ndarray, true: np.ndarray) -> "LandmarkErrors":
        """Compare the points found with the true ones, and the start with them.

        found, start, true : (N, 5, 2), in any one unit; N at least 1.
        """
        errors = errors_by_eye_distance(found, true)
        by_face = errors.mean(axis=1)
        return cls(
            faces=len(errors),
            mean=round(float(errors.mean()), 5),
            median=round(float(np.median(by_face)), 5),
            within_tenth=round(float((by_face < 0.1).mean()), 5),
            per_point=dict(zip(LANDMARK_NAMES, errors.mean(axis=0).round(5).tolist(), strict=True)),
            start=round(float(errors_by_eye_distance(start, true).mean()), 5),
        )


@dataclass(frozen=True)
class LandmarkTraining:
    """The result of a training: ``left_out`` counts images that are unreadable or have no box found on the face.

    step_errors : mean error on what it learned from, at the start and after each step, in eye distances.
    """

    model: Path
    faces: int
    left_out: int
    fit_s: float
    step_errors: list[float]
    held_out: LandmarkErrors | None


def train_landmarks(
    dataset: Dataset,
    detector: Detector | None,
    held_out: Annotated[float, Ge(0), Le(0.9)],
    settings: DescentSettings,
    out: Path,
    command: str,
) -> LandmarkTraining:
    """Fit a supervised descent on the set's training part; write ``out``/model.safetensors and ``out``/training.json.

    detector : gives the boxes; None takes the set's own. held_out : the share of people whose faces are not learned
    from but measured, each from the mean shape in its box. command : written down for who wants to do it again. Raises
    UserError for a set without points or with too few faces.
    """
    check_settings({"held_out": held_out}, train_landmarks, "training")
    dataset = training_part(dataset)
    windows, shapes, used = landmark_windows(dataset, detector)
    kept_back = hold_out(_people(dataset)[used], held_out, settings.seed)
    if (~kept_back).sum() < 2:
        raise UserError(f"{dataset.name}: {(~kept_back).sum()} faces to learn from are too few")

    started = time.perf_counter()
    descent, step_errors = fit_descent(windows[~kept_back], shapes[~kept_back], settings)
    fit_s = time.perf_counter() - started

    model = out / "model.safetensors"
    FaceLandmarks(descent).save(model)
    done = LandmarkTraining(
        model=model,
        faces=int((~kept_back).sum()),
        left_out=len(dataset.images) - len(used),
        fit_s=round(fit_s, 3),
        step_errors=[round(error, 5) for error in step_errors],
        held_out=measure(FaceLandmarks(descent), windows[kept_back], shapes[kept_back]) if kept_back.any() else None,
    )
    write_json(out / "training.json", _record(dataset, held_out, settings, done, command))
    return done


def measure(landmarks: FaceLandmarks, windows: np.ndarray, shapes: np.ndarray) -> LandmarkErrors:
    """Measure the errors on face windows (N, S, S) whose points (N, 5, 2) are known, from the mean shape on."""
    start = np.broadcast_to(landmarks.descent.mean_shape, shapes.shape)
    return LandmarkErrors.of(landmarks.descent.locate(windows), start, shapes)


def landmark_windows(dataset: Dataset, detector: Detector | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cut windows (N, S, S); returns them, the points in them (N, 5, 2) and the index of each one's image (N,).

    Raises UserError for a set without points, or in which no box was found on any face.
    """
    if dataset.faces is None or any(len(faces) and faces.landmarks is None for faces in dataset.faces):
        raise UserError(f"{dataset.name} has no annotated points to learn from")
    windows, shapes, used = [], [], []
    with progress_bars() as progress:
        for i in progress.track(range(len(dataset.images)), description="windows"):
            try:
                image = dataset.images[i]
            except ImageError as error:
                log.warning("%s: left out", error)
                continue
            face = dataset.faces[i][:1]
            box = face.boxes if detector is None else _detected(detector.detect([image])[0], face)
            if len(box) and face.landmarks is not None:
                windows.append(cut_windows(to_grey(image), box)[0])
                shapes.append(to_windows(face.landmarks, box)[0])
                used.append(i)
    if not used:
        raise UserError(f"{dataset.name}: no box was found on any of its {len(dataset.images)} faces")
    return np.array(windows), np.array(shapes), np.array(used)


def _detected(found: Faces, face: Faces) -> np.ndarray:
    """(1, 4) the box found that shares most with the annotated face, (0, 4) if none shares enough."""
    if not len(found) or not len(face):
        return np.zeros((0, 4), np.float32)
    shared = iou(found.boxes, face.boxes)[:, 0]
    best = int(shared.argmax())
    return found.boxes[best : best + 1] if shared[best] >= LEAST_IOU else found.boxes[:0]


def _people(dataset: Dataset) -> np.ndarray:
    """Who is in each image; where a set does not say, every image is somebody else."""
    return np.arange(len(dataset.images)) if dataset.labels is None else dataset.labels


def hold_out(people: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Choose the faces (N,) bool of a share of the people, drawn with the seed; nobody is on both sides."""
    everybody = np.unique(people)
    drawn = np.random.default_rng(seed).permutation(everybody)[: round(share * len(everybody))]
    return np.isin(people, drawn)


def _record(
    dataset: Dataset, held_out: float, settings: DescentSettings, done: LandmarkTraining, command: str
) -> dict[str, Any]:
    return {
        "command": command,
        "dataset": dataset.name,
        "dataset_version": dataset.images.version,
        "protocol": dataset.protocol,
        "held_out_share": held_out,
        "settings": asdict(settings),
    } | {key: value for key, value in asdict(done).items() if key != "model"}
