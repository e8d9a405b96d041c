"""The pictures that a report shows: worst errors, and detections on sample images. Written once, named by content."""

import hashlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from eigen2arc.core.files import atomic_write
from eigen2arc.core.image import encode
from eigen2arc.core.types import Dataset, Faces, Scores

ERRORS_SHOWN = 6
SAMPLES_SHOWN = 6
SAMPLE_SIDE_PX = 480


def keep(run_dir: Path, image: np.ndarray) -> str:
    """Write a picture below RUN/pictures and return its path relative to the run's folder."""
    data = encode(image, ".jpg", jpeg_quality=88)
    name = f"pictures/{hashlib.sha256(data).hexdigest()[:24]}.jpg"
    if not (run_dir / name).exists():
        with atomic_write(run_dir / name) as file:
            file.write(data)
    return name


def worst_errors(
    run_dir: Path, scores: Scores, thresholds: np.ndarray, dataset: Dataset, crops: np.ndarray
) -> dict[str, list[dict[str, Any]]]:
    """The pairs that are furthest on the wrong side of their fold's threshold, with the crops the encoder saw.

    thresholds : (P,) one for each pair.
    """
    trials = dataset.trials
    assert trials is not None
    excess = scores.value - thresholds
    accepted = excess >= 0
    kinds = {
        "false_accepts": np.flatnonzero(accepted & ~scores.same),
        "false_rejects": np.flatnonzero(~accepted & scores.same),
    }
    shown = {}
    for kind, wrong in kinds.items():
        worst = wrong[np.argsort(-np.abs(excess[wrong]), kind="stable")][:ERRORS_SHOWN]
        shown[kind] = [
            {
                "first": dataset.images.names[trials.first[p]],
                "second": dataset.images.names[trials.second[p]],
                "score": float(scores.value[p]),
                "threshold": float(thresholds[p]),
                "first_picture": keep(run_dir, crops[trials.first[p]]),
                "second_picture": keep(run_dir, crops[trials.second[p]]),
            }
            for p in worst
        ]
    return shown


def samples(run_dir: Path, dataset: Dataset, found: dict[str, list[Faces]]) -> list[dict[str, Any]]:
    """Evenly spaced images with the annotated faces and what each detector found, scaled to a report's size."""
    chosen = np.unique(np.linspace(0, len(dataset.images) - 1, SAMPLES_SHOWN + 2).astype(int)[1:-1])
    shown = {name: _best(dataset, faces) for name, faces in found.items()}
    return [_sample(run_dir, dataset, shown, int(index)) for index in chosen]


def _best(dataset: Dataset, found: list[Faces]) -> list[Faces]:
    """Of a detector's faces its best, as many in the whole set as there are: with a threshold for a curve over all
    thresholds a picture would show little but false alarms. All of them where it is not known how many there are."""
    if dataset.faces is None:
        return found
    faces = sum(len(annotated.counted) for annotated in dataset.faces)
    scores = np.sort(np.concatenate([one.scores for one in found]))[::-1]
    if len(scores) <= faces:
        return found
    return [one[one.scores >= scores[max(faces - 1, 0)]] for one in found]


def _sample(run_dir: Path, dataset: Dataset, found: dict[str, list[Faces]], index: int) -> dict[str, Any]:
    image = dataset.images[index]
    height, width = image.shape[:2]
    scale = min(1.0, SAMPLE_SIDE_PX / max(height, width))
    width, height = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    truth = [] if dataset.faces is None else (dataset.faces[index].counted.boxes * scale).round(1).tolist()
    detections = {
        name: [
            {"box": box, "score": score, "landmarks": points}
            for box, score, points in zip(
                (faces[index].boxes * scale).round(1).tolist(),
                faces[index].scores.tolist(),
                _points(faces[index], scale),
                strict=True,
            )
        ]
        for name, faces in found.items()
    }
    return {
        "image": dataset.images.names[index],
        "picture": keep(run_dir, small),
        "width": width,
        "height": height,
        "truth": truth,
        "detections": detections,
    }


def _points(faces: Faces, scale: float) -> list[list[list[float] | None] | None]:
    """Five points a face, None for one that the detector does not know (JSON has no NaN)."""
    if faces.landmarks is None:
        return [None] * len(faces)
    return [
        [[round(float(x * scale), 1), round(float(y * scale), 1)] if np.isfinite(x) else None for x, y in points]
        for points in faces.landmarks
    ]
