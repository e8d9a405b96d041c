"""The lists of WIDER FACE: boxes with what is said of each face, and the three subsets of the official evaluation."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eigen2arc.core.errors import UserError, parsing
from eigen2arc.datasets.download.files import read_lines

from .entries import is_count, parse_numbers, safe_name
from .mat_file import read_mat

FORM = "x y w h blur expression illumination invalid occlusion pose"
INVALID = FORM.split().index("invalid")

#: The subsets, and the evaluation's file that says which faces are in one.
SUBSETS = {name: f"wider_{name}_val.mat" for name in ("easy", "medium", "hard")}
CELLS = ("event_list", "file_list", "face_bbx_list", "gt_list")


@dataclass(frozen=True)
class ListedImage:
    """An image of the list of boxes, and its faces.

    name : path below images/. line : of its first face, from 1. boxes : (N, 4) float64, x y w h in pixels.
    invalid : (N,) bool.
    """

    name: str
    line: int
    boxes: np.ndarray
    invalid: np.ndarray


def read_boxes(path: Path) -> list[ListedImage]:
    """Read the images of wider_face_train_bbx_gt.txt or its like, in the file's order.

    For each image: a line with its path, a line with N, then N lines ``FORM``. Where N is 0 one line follows all the
    same, all zeros, and is skipped. Raises UserError that names file and line.
    """
    lines = read_lines(path)
    images: list[ListedImage] = []
    seen: set[str] = set()
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        name = safe_name(lines[at].strip(), f"{path}:{at + 1}")
        if name in seen:
            raise UserError(f"{path}:{at + 1}: {name} is listed a second time")
        seen.add(name)
        count_text = lines[at + 1].strip() if at + 1 < len(lines) else ""
        if not is_count(count_text):
            raise UserError(f"{path}:{at + 2}: expected the number of faces of {name}, got {count_text!r}")
        first, end = at + 2, at + 2 + int(count_text)
        if end > len(lines):
            raise UserError(f"{path}: ends too early: {name} should have {count_text} faces")
        rows = [parse_numbers(lines[i], (10,), f"{path}:{i + 1}", FORM) for i in range(first, end)]
        table = np.array(rows).reshape(-1, 10)
        images.append(ListedImage(name, first + 1, table[:, :4], table[:, INVALID] != 0))
        dummy = end == first and end < len(lines) and set(lines[end].split()) == {"0"}
        at = end + dummy
    return images


@dataclass(frozen=True)
class EvaluationImage:
    """An image of the official evaluation, and which of its faces each subset counts.

    name : path below images/. boxes : (N, 4) float64, x y w h. counted : by subset (N,) bool.
    """

    name: str
    boxes: np.ndarray
    counted: dict[str, np.ndarray]


def read_subsets(folder: Path) -> list[EvaluationImage]:
    """Read the images of the official evaluation, with its own list of boxes, and which of them each subset counts.

    folder : holds the files of SUBSETS, MATLAB files with cells of events, of files in each, and for each file its
    boxes (``face_bbx_list``) and the numbers, from 1, of those that count (``gt_list``).
    Raises UserError that names the file.
    """
    tables = {name: _read_subset(folder / file) for name, file in SUBSETS.items()}
    first = tables["easy"]
    for name, table in tables.items():
        same = [row[0] for row in table] == [row[0] for row in first]
        if not same or any(not np.array_equal(a[1], b[1]) for a, b in zip(table, first, strict=True)):
            raise UserError(f"{folder / SUBSETS[name]}: its images or boxes are not those of {SUBSETS['easy']}")
    return [
        EvaluationImage(name, boxes, {subset: table[i][2] for subset, table in tables.items()})
        for i, (name, boxes, _) in enumerate(first)
    ]


def _read_subset(path: Path) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Read (name, boxes (N, 4), counted (N,) bool) of every image."""
    what = "is not a list of WIDER FACE's evaluation"
    content = read_mat(path, CELLS, what)
    rows = []
    with parsing(path, what):
        for event, *columns in zip(*(_cells(content[name]) for name in CELLS), strict=True):
            for file, boxes, numbers in zip(*map(_cells, columns), strict=True):
                name = safe_name(f"{_text(event)}/{_text(file)}.jpg", str(path))
                table = np.asarray(boxes, np.float64).reshape(-1, 4)
                rows.append((name, table, _counted(numbers, len(table))))
    return rows


def _counted(numbers: Any, faces: int) -> np.ndarray:
    """Convert numbers from 1 to a mask."""
    numbers_from_1 = np.asarray(numbers, np.int64).ravel()
    if len(numbers_from_1) and not 1 <= numbers_from_1.min() <= numbers_from_1.max() <= faces:
        raise ValueError(f"a face's number is {numbers_from_1.min()} to {numbers_from_1.max()}, of {faces} faces")
    return np.isin(np.arange(1, faces + 1), numbers_from_1)


def _cells(column: Any) -> list[Any]:
    """List the content of a MATLAB cell array."""
    return list(np.asarray(column, object).ravel())


def _text(cell: Any) -> str:
    """Unpack MATLAB's text, which comes inside arrays."""
    while isinstance(cell, np.ndarray):
        cell = cell.ravel()[0]
    return str(cell)
