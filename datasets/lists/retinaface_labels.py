"""Lists of the faces in images, in the form of RetinaFace's label.txt: boxes, and five points where they are known.

Deng, Guo, Ververas, Kotsia, Zafeiriou, "RetinaFace: Single-Shot Multi-Level Face Localisation in the Wild" (CVPR 2020)
published its five points on the faces of WIDER FACE so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import LANDMARK_NAMES, Faces
from eigen2arc.datasets.download.files import read_lines

from .entries import parse_numbers, safe_name

POINTS = len(LANDMARK_NAMES)

FORM = "'# PATH', then a line a face: x y w h, or x y w h, five times x y flag, and a last number"

#: x y w h; or that, x y flag for each point, and how sharp the face is.
LENGTHS = (4, 4 + 3 * POINTS + 1)


@dataclass(frozen=True)
class LabelledImage:
    """An image of a list, and its faces.

    name : as the list has it, with forward slashes. line, lines : where it and its faces stand, from 1.
    boxes : (N, 4) float64, x y w h in pixels. points : (N, 5, 2) float64, NaN where unknown.
    """

    name: str
    line: int
    lines: list[int]
    boxes: np.ndarray
    points: np.ndarray


def read_labels(path: Path) -> list[LabelledImage]:
    """Read the images of a list in its order. A point is unknown where its flag is negative.

    Raises UserError that names file and line of a line that is not understood, and of an image listed twice.
    """
    images: list[LabelledImage] = []
    lines_of: dict[str, int] = {}
    for name, line, lines, rows in _blocks(path):
        if name in lines_of:
            raise UserError(f"{path}:{line}: {name} stands in line {lines_of[name]} already")
        lines_of[name] = line
        values = np.full((len(rows), LENGTHS[1]), -1.0)
        for row, numbers in zip(values, rows, strict=True):
            row[: len(numbers)] = numbers
        triples = values[:, 4:-1].reshape(-1, POINTS, 3)
        points = np.where(triples[:, :, 2:] < 0, np.nan, triples[:, :, :2])
        images.append(LabelledImage(name, line, lines, values[:, :4], points))
    if not images:
        raise UserError(f"{path}: names no image. Expected: {FORM}")
    return images


def _blocks(path: Path) -> Iterator[tuple[str, int, list[int], list[list[float]]]]:
    """Yield name, line, and the faces' lines and numbers of each image."""
    name, start = "", 0
    lines: list[int] = []
    rows: list[list[float]] = []
    for line, text in enumerate(read_lines(path), 1):
        if text.startswith("#"):
            if name:
                yield name, start, lines, rows
            name, start, lines, rows = safe_name(text[1:].strip(), f"{path}:{line}"), line, [], []
        elif text.strip():
            if not name:
                raise UserError(f"{path}:{line}: a face before the first '# PATH': {text!r}. Expected: {FORM}")
            lines.append(line)
            rows.append(parse_numbers(text, LENGTHS, f"{path}:{line}", FORM))
    if name:
        yield name, start, lines, rows


def to_faces(boxes: np.ndarray, points: np.ndarray | None, counted: np.ndarray, least_face_px: float) -> Faces:
    """Convert boxes (N, 4) x y w h in pixels to Faces of score 1; of score 0, to be ignored, where they do not count.

    counted : (N,) bool; a face counts if it is, and is large enough. A negative width or height is taken as 0.
    least_face_px : the shorter side of the smallest face that counts; one of no width or height never does.
    """
    corner, size = boxes[:, :2], np.maximum(boxes[:, 2:], 0)
    large = (size.min(axis=1) >= least_face_px) & (size > 0).all(axis=1)
    return Faces(np.hstack([corner, corner + size]), counted & large, points)


def with_all_points(faces: Faces) -> int:
    """Count the faces of an image that are to be learned from and have all five points."""
    if faces.landmarks is None:
        return 0
    return int(np.count_nonzero(np.isfinite(faces.landmarks).all(axis=(1, 2)) & (faces.scores > 0)))
