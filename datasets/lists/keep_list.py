"""Keep lists: which images of a set stay after cleaning, as a CSV file with a column ``image``."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.files import atomic_write
from eigen2arc.datasets.download.files import open_text

HEADER = "image"
FORM = f"a line {HEADER!r}, then an image a line, by its name in the set"


def write_keep_list(path: Path | str, names: Sequence[str]) -> None:
    """Write a keep list: the names of the images that stay, atomically."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[HEADER], *([name] for name in names)])
    with atomic_write(path) as file:
        file.write(text.getvalue().encode("utf-8", "surrogateescape"))


def read_keep_list(names: Sequence[str], kept: Path | str) -> np.ndarray:
    """Read a keep list: which of ``names`` stand in the file ``kept``, (M,) int64, ascending.

    All of them where ``kept`` is "".
    Raises UserError that names file and line of an image that the set does not have, which makes it another set's list.
    """
    if not kept:
        return np.arange(len(names))
    path = Path(kept)
    try:
        # As it was written: a name on a disk can be anything, bytes that are no text, too.
        with open_text(path, errors="surrogateescape", newline="") as file:
            cells = [",".join(row) for row in csv.reader(file)]
    except csv.Error as error:
        raise UserError(f"{path}: is not a CSV file ({error})") from None
    if not cells or cells[0] != HEADER:
        raise UserError(f"{path}:1: expected {HEADER!r}, got {cells[0] if cells else ''!r}. The form is: {FORM}")
    number = {name: i for i, name in enumerate(names)}
    for line, name in enumerate(cells[1:], 2):
        if name not in number:
            raise UserError(f"{path}:{line}: the set has no image {name!r}. Was the list made of another set, or part?")
    if len(cells) == 1:
        raise UserError(f"{path}: keeps no image. The form is: {FORM}")
    return np.unique([number[name] for name in cells[1:]])
