"""Your own pictures: one folder per person, with pairs drawn from them."""

from pathlib import Path

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.image import SUFFIXES
from eigen2arc.core.types import Dataset

from .images import FileImages
from .pairs import balanced_pairs

LAYOUT = "ROOT/Ada/anything.jpg, ROOT/Ada/..., ROOT/Grace/..., one folder per person, any names"


def build(*, root: Path | str, pairs_per_fold: int = 600, seed: int = 0) -> Dataset:
    """All images below the folders in ``root``, labelled by the folder's name.

    Dataset.trials: up to ten folds that share no person, each with at most ``pairs_per_fold`` pairs, half of them
    genuine, drawn with ``seed``. Raises UserError for a folder with fewer than two people, or with no one who has
    two images.
    """
    folder = Path(root)
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder. Expected: {LAYOUT}")
    names: list[str] = []
    for person in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
        files = (path for path in person.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
        names += sorted(path.relative_to(folder).as_posix() for path in files)
    owners = [name.partition("/")[0] for name in names]
    people = tuple(sorted(set(owners)))
    number = {person: i for i, person in enumerate(people)}
    labels = np.array([number[owner] for owner in owners], np.int64)
    try:
        trials = balanced_pairs(labels, pairs_per_fold=pairs_per_fold, folds=10, seed=seed)
    except UserError as error:
        raise UserError(f"{folder}: {error}. Expected: {LAYOUT}") from error
    folds = int(trials.fold.max()) + 1
    protocol = f"folder {folder.resolve().name}, {len(trials)} pairs drawn with seed {seed}, {folds} folds by person"
    return Dataset("folder", FileImages(folder, tuple(names)), people, labels, trials=trials, protocol=protocol)
