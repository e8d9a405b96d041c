"""Lists of the faces in images, in the form of RetinaFace's label.txt: boxes, and five points where they are known.

Deng, Guo, Ververas, Kotsia, Zafeiriou, "RetinaFace: Single-Shot Multi-Level Face Localisation in the Wild" (CVPR 2020)
published its five points on the faces of WIDER FACE so.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import LANDMARK_NAMES, Faces
from eigen2arc.datasets.download.files import read_lines

POINTS = len(LANDMARK_NAMES)

#: What file systems allow a name to have, and some less than what systems allow a path to have: with more they raise
#: an error that does not say where it was read.
MOST_NAME_BYTES, MOST_PATH_BYTES = 255, 2048

FORM = "'# PATH', then a line a face: x y w h, or x y w h, five times x y flag, and a last number"

#: No image is so large, and faces are kept as float32, where there is an end to numbers.
MOST_NUMBER = 1e9

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


def safe_name(name: str, where: str) -> str:
    """Check an image's path as a list gives it, and return it.

    Raises UserError, beginning with ``where``, if it leaves the folder, or is longer than a path can be.
    """
    parts = name.split("/")
    if not name or name.startswith("/") or "\\" in name or "\0" in name or ".." in parts:
        raise UserError(f"{where}: expected a path below the folder of the images, got {name!r:.200}")
    longest, whole = max(len(os.fsencode(part)) for part in parts), len(os.fsencode(name))
    if longest > MOST_NAME_BYTES or whole > MOST_PATH_BYTES:
        raise UserError(f"{where}: no file has so long a name: {name!r:.80}...")
    return name


def is_count(text: str) -> bool:
    """Tell whether a text is a whole number, 0 or more, that can count something: of at most nine digits."""
    return text.isdecimal() and len(text) <= 9


def parse_numbers(text: str, lengths: tuple[int, ...], where: str, form: str) -> list[float]:
    """Parse the numbers of a line. Raises UserError, beginning with ``where``, if they are not that many.

    Nor may one be infinite, not a number, or MOST_NUMBER or more.
    """
    try:
        values = [float(part) for part in text.split()]
    except ValueError:
        values = []
    if len(values) not in lengths or not all(abs(value) < MOST_NUMBER for value in values):
        expected = " or ".join(map(str, lengths))
        raise UserError(f"{where}: expected {expected} numbers, got {text.strip()!r}. The form is: {form}")
    return values


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
