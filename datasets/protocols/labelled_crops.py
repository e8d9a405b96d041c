"""Images and labels of a container of aligned crops as a data set, with pairs where they are wanted."""

from pathlib import Path

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Dataset, Images, Trials
from eigen2arc.datasets.download.files import read_lines

from .pairs import balanced_pairs


def labelled_crops(
    name: str, source: str, images: Images, labels: np.ndarray, names: Path, *, pairs_per_fold: int, seed: int
) -> Dataset:
    """Make the data set ``name`` of images with ``labels`` (N,) int64, -1 where unknown.

    source : what the protocol's line calls the files. names : see named_people. pairs_per_fold : 0 for no
    Dataset.trials; else up to ten folds of so many pairs that share no person, drawn with ``seed``. Raises UserError.
    """
    people, labels = named_people(labels, names)
    known = np.flatnonzero(labels >= 0)
    unknown = len(labels) - len(known)
    notes = (f"of {unknown:,} images nobody says, or can read, who they are",) if unknown else ()
    protocol = f"{source}, {len(images):,} images of {len(people):,} people"
    if not pairs_per_fold:
        return Dataset(name, images, people, labels, protocol=protocol, notes=notes)
    drawn = balanced_pairs(labels[known], pairs_per_fold=pairs_per_fold, folds=10, seed=seed)
    trials = Trials(known[drawn.first], known[drawn.second], drawn.same, drawn.fold)
    protocol += f", {len(trials)} pairs drawn with seed {seed}, {int(trials.fold.max()) + 1} folds by person"
    return Dataset(name, images, people, labels, trials=trials, protocol=protocol, notes=notes)


def named_people(labels: np.ndarray, names: Path) -> tuple[tuple[str, ...], np.ndarray]:
    """Name the people of a container's labels (N,) int64, -1 where unknown; returns them, and the labels into them.

    names : a text file with a person's name in each line, in the order of the labels; where there is none, people are
    called by their labels. People without an image are left out. Raises UserError for a label without a line.
    """
    used, into = np.unique(labels, return_inverse=True)
    unknown = int((used < 0).sum())
    used, into = used[unknown:], into - unknown
    if not names.is_file():
        return tuple(map(str, used.tolist())), into
    lines = read_lines(names)
    if len(used) and used[-1] >= len(lines):
        raise UserError(f"{names}: has {len(lines):,} lines, but a label is {used[-1]}: not of one set?")
    people = tuple(lines[label] for label in used.tolist())
    if len(set(people)) < len(people):
        raise UserError(f"{names}: names one person twice")
    return people, into
