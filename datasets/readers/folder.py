"""Your own images: one folder per person, with pairs drawn from them."""

from pathlib import Path
from typing import Annotated

from eigen2arc.core.bounds import Ge, Le, Seed
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Dataset
from eigen2arc.datasets.images.lazy import FileImages
from eigen2arc.datasets.images.people_folders import images_by_person, label_by_folder
from eigen2arc.datasets.lists.groups import read_groups
from eigen2arc.datasets.lists.keep_list import read_keep_list
from eigen2arc.datasets.protocols.pairs import balanced_pairs

LAYOUT = "ROOT/Ada/anything.jpg, ROOT/Ada/..., ROOT/Grace/..., one folder per person, any names"


def build(
    *,
    root: Path | str,
    pairs_per_fold: Annotated[int, Ge(2), Le(1_000_000)] = 600,
    seed: Seed = 0,
    kept: Path | str = "",
    groups: Path | str = "",
) -> Dataset:
    """Build the data set of all images below the folders in ``root``, labelled by the folder's name.

    Dataset.trials: up to ten folds that share no person, half of whose pairs are genuine.

    kept : a keep list, see datasets.lists.keep_list: then only the images in it. groups : a CSV file, "image,group" or
    "person,group" and a line each, or more columns: Dataset.groups, see datasets.lists.groups. Raises UserError for a
    folder with fewer than two people, or with no one who has two images.
    """
    folder = Path(root)
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder. Expected: {LAYOUT}")
    names = images_by_person(folder)
    names = [names[row] for row in read_keep_list(names, kept)]
    people, labels = label_by_folder(names)
    try:
        trials = balanced_pairs(labels, pairs_per_fold=pairs_per_fold, folds=10, seed=seed)
    except UserError as error:
        raise UserError(f"{folder}: {error}. Expected: {LAYOUT}") from error
    folds = int(trials.fold.max()) + 1
    protocol = f"folder {folder.resolve().name}, {len(trials)} pairs drawn with seed {seed}, {folds} folds by person"
    if kept:
        protocol += f", of those that {Path(kept).name} keeps"
    images = FileImages(folder, tuple(names))
    grouped = read_groups(groups, names, [people[label] for label in labels]) if groups else {}
    return Dataset("folder", images, people, labels, trials=trials, groups=grouped, protocol=protocol)
