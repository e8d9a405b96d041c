"""Writing what is known about a set's images as a table: one line per image."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from eigen2arc.core.files import write_text
from eigen2arc.core.types import LANDMARK_NAMES, Dataset

BOX_COLUMNS = ("x1", "y1", "x2", "y2")


def write_labels(path: Path, dataset: Dataset, files: Sequence[str]) -> None:
    """Write a CSV with file, person, every factor, and box and five points in pixels of an image's first face.

    files : one path per image. What an image does not have is an empty cell.
    """
    points = [f"{name} {axis}" for name in LANDMARK_NAMES for axis in "xy"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["file", "person", *dataset.factors, *BOX_COLUMNS, *points])
    for index, file in enumerate(files):
        label = -1 if dataset.labels is None else int(dataset.labels[index])
        person = dataset.people[label] if label >= 0 else ""
        factors = [values[index] for values in dataset.factors.values()]
        writer.writerow([file, person, *map(_cell, [*factors, *_face(dataset, index)])])
    write_text(path, text.getvalue())


def _face(dataset: Dataset, index: int) -> np.ndarray:
    """The box's and the points' 14 numbers, NaN where there are none."""
    row = np.full(14, np.nan)
    if dataset.faces is not None and len(dataset.faces[index]):
        face = dataset.faces[index]
        row[:4] = face.boxes[0]
        if face.landmarks is not None:
            row[4:] = face.landmarks[0].ravel()
    return row


def _cell(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.7g}"
