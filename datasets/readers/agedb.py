"""AgeDB: 16,488 images of 568 people with the age in each; pairs that are 30 years apart are what tables call AgeDB-30.

Moschoglou, Papaioannou, Sagonas, Deng, Kotsia, Zafeiriou, "AgeDB: the first manually collected, in-the-wild age
database" (CVPR Workshops 2017): ten folds, each with 300 pairs of one person and 300 of two, 5, 10, 20 or 30 years
apart.
"""

import re
from pathlib import Path

import numpy as np

from eigen2arc.core.bounds import Count, Seed
from eigen2arc.core.errors import UserError
from eigen2arc.core.image_folder import image_names
from eigen2arc.core.types import Dataset
from eigen2arc.datasets.download.files import locate, unnest
from eigen2arc.datasets.images.lazy import FileImages
from eigen2arc.datasets.lists.agedb import PROTOCOL_IMAGES, owner, protocol_file, read_protocol
from eigen2arc.datasets.protocols.age_pairs import age_pairs
from eigen2arc.datasets.protocols.listed_pairs import listed_pairs

NAME = re.compile(r"\d+_(?P<person>.+)_(?P<age>\d{1,3})_(?P<gender>[mf])\.jpg")

LAYOUT = f"""\
agedb/0_MariaCallas_35_f.jpg ...              (NUMBER_PERSON_AGE_GENDER.jpg: pairs are drawn)
or, for the pairs of the authors:
agedb/{protocol_file(30)}      (and 5, 10, 20)
agedb/{PROTOCOL_IMAGES}/....jpg"""

FOLDS, PAIRS_PER_FOLD = 10, 600


def build(*, root: Path | str, gap_years: Count = 30, seed: Seed = 0) -> Dataset:
    """Build AgeDB as found below ``root/agedb``.

    Where the authors' protocol for ``gap_years`` is there, its images and Dataset.trials. Else all images, in order of
    name, with pairs drawn with ``seed``: ten folds that share no person, of 300 pairs of one person and 300 of two,
    the ages of all of them ``gap_years`` apart; Dataset.factors["age"] is in years, Dataset.groups["gender"] is f or m.

    gap_years : between the two ages of a pair. Raises UserError that shows the expected layout, or names the missing
    images.
    """
    folder = locate(root, "agedb", LAYOUT, "*_*_*_[mf].jpg", protocol_file(gap_years))
    if (folder / protocol_file(gap_years)).is_file():
        return _authors(folder, gap_years)
    return _drawn(folder, gap_years, seed)


def _authors(folder: Path, gap_years: int) -> Dataset:
    path = folder / protocol_file(gap_years)
    pairs, same, fold = read_protocol(path)
    images, trials = listed_pairs(unnest(folder / PROTOCOL_IMAGES), pairs, same, fold, path.name)
    owners = [owner(name) for name in images.names]
    people = tuple(sorted(set(owners)))
    line = f"AgeDB, {gap_years} years apart, {len(set(fold))} folds, {len(pairs):,} pairs of the authors"
    return Dataset("agedb", images, people, np.searchsorted(people, owners), trials=trials, protocol=line)


def _drawn(folder: Path, gap_years: int, seed: int) -> Dataset:
    files = [name for name in image_names(folder) if "/" not in name]
    parts = {name: match for name in files if (match := NAME.fullmatch(name))}
    if not parts:
        raise UserError(f"{folder}: holds no NUMBER_PERSON_AGE_GENDER.jpg. Expected below the data root:", LAYOUT)
    owners = [match["person"] for match in parts.values()]
    people = tuple(sorted(set(owners)))
    labels = np.searchsorted(people, owners)
    ages = np.array([int(match["age"]) for match in parts.values()])
    try:
        trials = age_pairs(labels, ages, gap_years=gap_years, pairs_per_fold=PAIRS_PER_FOLD, folds=FOLDS, seed=seed)
    except UserError as error:
        raise UserError(f"{folder}: {error}") from error
    folds = int(trials.fold.max()) + 1
    return Dataset(
        "agedb",
        FileImages(folder, tuple(parts)),
        people,
        labels,
        trials=trials,
        factors={"age": ages},
        groups={"gender": tuple(match["gender"] for match in parts.values())},
        protocol=f"AgeDB, {gap_years} years apart, {folds} folds, {len(trials):,} pairs drawn with seed {seed}",
        notes=(
            "The pairs are not those of the authors: results are not comparable with published ones.",
            f"images whose names do not say who and how old, left out: {len(files) - len(parts)}",
        ),
    )
