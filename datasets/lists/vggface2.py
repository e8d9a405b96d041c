"""The tables of VGGFace2: boxes and points of each image, and who is who. They have millions of lines."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.datasets.download.files import open_text

META = "n000077, Name, 319, 1, m"


def read_values(path: Path, number: Mapping[str, int], columns: int) -> tuple[np.ndarray, int]:
    """Read the numbers of loose_bb_train.csv and its like, in the order of the images.

    number : from an image's name, as "n000002/0001_01.jpg", to its row. The table has a line of headings, then
    ``NAME_ID`` (without ".jpg") and ``columns`` numbers a line. It is read line by line: nothing but the result and
    one line is in memory.

    Returns (N, columns) float32, NaN where an image has no line, and how many lines have no image. Raises UserError
    that names file and line.
    """
    values = np.full((len(number), columns), np.nan, np.float32)
    strangers = used = 0
    for line, row in _rows(path):
        try:
            parsed = [float(text) for text in row[1:]]
        except ValueError:
            parsed = []
        if len(parsed) != columns:
            raise UserError(f"{path}:{line}: expected a name and {columns} numbers, got {','.join(row)!r}")
        index = number.get(f"{row[0]}.jpg")
        if index is None:
            strangers += 1
            continue
        values[index] = parsed
        used += 1
    there = np.count_nonzero(np.isfinite(values).all(axis=1))
    if there != used:
        raise UserError(
            f"{path}: {used - there} of its lines are about an image that had one, or are not finite numbers"
        )
    return values, strangers


def read_names(path: Path) -> dict[str, str]:
    """Read identity_meta.csv: from a person's folder, as "n000077", to the name.

    Raises UserError that names file and line.
    """
    names = {}
    for line, row in _rows(path):
        if len(row) < 5:
            raise UserError(f"{path}:{line}: expected a line such as {META!r}, got {','.join(row)!r}")
        names[row[0]] = row[1]
    return names


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and cells of each line after the first, empty lines left out."""
    try:
        with open_text(path, newline="") as file:
            reader = csv.reader(file, skipinitialspace=True)
            for row in reader:
                if reader.line_num > 1 and row:
                    yield reader.line_num, row
    except csv.Error as error:
        raise UserError(f"{path}: is not a CSV file ({error})") from None
