"""A verification protocol whose lists name the two files of each pair."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Trials
from eigen2arc.datasets.images.lazy import FileImages


def listed_pairs(
    folder: Path, pairs: Sequence[tuple[str, str]], same: np.ndarray, fold: np.ndarray, source: str
) -> tuple[FileImages, Trials]:
    """Make a protocol of listed pairs: the images that they use, in order of name, and the pairs by their numbers.

    pairs : paths below ``folder``. same (P,) bool, fold (P,) int. Raises UserError for files that are missing, and for
    an image paired with itself; ``source`` is what it calls the lists.
    """
    if not pairs:
        raise UserError(f"{source}: names no pair")
    names = tuple(sorted({name for pair in pairs for name in pair}))
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        first = ", ".join(missing[:3])
        raise UserError(f"{folder}: {len(missing)} of the {len(names)} images of {source} are missing: {first} ...")
    number = {name: i for i, name in enumerate(names)}
    first_of, second_of = np.array([(number[a], number[b]) for a, b in pairs]).T
    with_itself = np.flatnonzero(first_of == second_of)
    if len(with_itself):
        raise UserError(f"{source}: {names[first_of[with_itself[0]]]} is paired with itself")
    return FileImages(folder, names), Trials(first_of, second_of, same, fold)
