"""Somebody's photos and, where there are some, strangers': pairs, and rounds of open-set identification, of one set.

{ name = "photos", root = "PHOTOS", strangers = "OTHERS" }
"""

from pathlib import Path
from typing import Annotated

import numpy as np

from eigen2arc.core.bounds import Count, Ge, Le, Seed
from eigen2arc.core.errors import UserError
from eigen2arc.core.image_folder import image_names
from eigen2arc.core.types import GALLERY, PROBE, Dataset, Images, Trials
from eigen2arc.datasets.images.concat_images import ConcatImages
from eigen2arc.datasets.images.lazy import FileImages
from eigen2arc.datasets.images.people_folders import images_by_person, label_by_folder
from eigen2arc.datasets.lists.keep_list import read_keep_list
from eigen2arc.datasets.protocols.pairs import balanced_pairs
from eigen2arc.datasets.protocols.photo_rounds import photo_rounds

LAYOUT = "ROOT/Ada/anything.jpg, ROOT/Ada/..., ROOT/Grace/..., one folder per person, any names"

FOLDS = 10


def build(
    *,
    root: Path | str,
    strangers: Path | str = "",
    kept: Path | str = "",
    most_per_person: Annotated[int, Ge(2), Le(1000)] = 20,
    pairs_per_fold: Annotated[int, Ge(2), Le(1_000_000)] = 600,
    enrolled: Count = 3,
    rounds: Annotated[int, Ge(1), Le(1000)] = 10,
    seed: Seed = 0,
) -> Dataset:
    """Build the set of all images below the folders in ``root``, labelled by the folder's name, and of strangers.

    All images that are there belong to the set, so that what is computed of them serves whatever is chosen of them;
    Dataset.trials, up to ten folds that share no person, and Dataset.splits, see protocols.photo_rounds, use those that
    are kept.

    strangers : a folder of people who are not in ``root``, in one folder per person or all in one; those that lie in no
    folder are labelled -1. kept : a keep list, see datasets.lists.keep_list; "" for all. most_per_person : of each
    person at most so many images are tested, evenly chosen, so that nobody decides all. pairs_per_fold : half of them
    genuine. enrolled, rounds : see photo_rounds. seed : pairs and rounds are drawn with it.
    Raises UserError where there are no pairs of two people, or of one.
    """
    folder = Path(root)
    images, people, labels, outside = all_photos(folder, Path(strangers) if strangers else None)
    tested = np.full(len(labels), -1)
    for rows in _of_people(labels, read_keep_list(images.names, kept)):
        rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), most_per_person)).astype(np.int64))]
        tested[rows] = labels[rows]
    inside = np.flatnonzero((tested >= 0) & ~outside)
    try:
        drawn = balanced_pairs(tested[inside], pairs_per_fold=pairs_per_fold, folds=FOLDS, seed=seed)
    except UserError as error:
        raise UserError(f"{folder}: {error}. Expected: {LAYOUT}") from error
    trials = Trials(inside[drawn.first], inside[drawn.second], drawn.same, drawn.fold)
    looked_up = outside & _chosen(len(labels), read_keep_list(images.names, kept)) & ((labels < 0) | (tested >= 0))
    splits = photo_rounds(tested, looked_up, enrolled=enrolled, rounds=rounds, seed=seed)
    folds = int(trials.fold.max()) + 1
    protocol = (
        f"photos of {len(np.unique(tested[inside]))} people, at most {most_per_person} images of each; {len(trials)} "
        f"pairs drawn with seed {seed}, {folds} fold{'s by person' if folds > 1 else ''}; {_describe(tested, splits)}"
    )
    return Dataset("photos", images, people, labels, trials=trials, splits=splits, protocol=protocol)


def all_photos(folder: Path, strangers: Path | None) -> tuple[Images, tuple[str, ...], np.ndarray, np.ndarray]:
    """List the images of a folder of people and, behind them, of a folder of strangers; see build().

    Returns them, the people's names, those of strangers after the others, the labels (N,) int64, and which images (N,)
    bool show strangers. A name that both folders have is that of two people. Raises UserError for a missing folder.
    """
    for one in (folder, strangers):
        if one is not None and not one.is_dir():
            raise UserError(f"{one}: no such folder. Expected: {LAYOUT}")
    names = images_by_person(folder)
    people, labels = label_by_folder(names)
    own = FileImages(folder, tuple(names))
    if strangers is None:
        return own, people, labels, np.zeros(len(names), bool)
    others = image_names(strangers)
    who, known = label_by_folder([name for name in others if "/" in name])
    of_others = np.full(len(others), -1)
    of_others[["/" in name for name in others]] = known + len(people)
    both = ConcatImages((own, FileImages(strangers, tuple(others))))
    named = tuple(f"stranger {name}" if name in people else name for name in who)
    return both, (*people, *named), np.append(labels, of_others), np.arange(len(both)) >= len(names)


def _of_people(labels: np.ndarray, rows: np.ndarray) -> list[np.ndarray]:
    """Group the chosen images by whose they are; those of unknown people are left out."""
    known = rows[labels[rows] >= 0]
    order = known[np.argsort(labels[known], kind="stable")]
    return np.split(order, np.flatnonzero(np.diff(labels[order])) + 1) if len(order) else []


def _chosen(images: int, rows: np.ndarray) -> np.ndarray:
    chosen = np.zeros(images, bool)
    chosen[rows] = True
    return chosen


def _describe(labels: np.ndarray, splits: np.ndarray) -> str:
    """The rounds in words, by the first one; the others are alike."""
    gallery, probes = splits[0] == GALLERY, splits[0] == PROBE
    enrolled = np.unique(labels[gallery])
    mated = int((probes & np.isin(labels, enrolled) & (labels >= 0)).sum())
    return (
        f"open set: {len(splits)} rounds, in the first {len(enrolled)} people enrolled with {int(gallery.sum())} "
        f"images and looked up with {mated}, {int(probes.sum()) - mated} images of strangers"
    )
