"""CFP: ten frontal and four profile images of each of 500 people, paired front to front or front to profile.

Sengupta, Chen, Castillo, Patel, Chellappa, Jacobs, "Frontal to Profile Face Verification in the Wild" (WACV 2016):
ten folds that share no person, each with 350 pairs of one person and 350 of two. FP is what tables call CFP-FP.
"""

from pathlib import Path
from typing import Literal

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Dataset
from eigen2arc.datasets.download.files import RemoteFile, locate, read_lines, unnest
from eigen2arc.datasets.lists.entries import safe_name
from eigen2arc.datasets.protocols.listed_pairs import listed_pairs

#: protocol -> the lists that the two numbers of a pair point into
LISTS = {"FF": ("Pair_list_F.txt", "Pair_list_F.txt"), "FP": ("Pair_list_F.txt", "Pair_list_P.txt")}

LAYOUT = """\
cfp/Data/Images/001/frontal/01.jpg ... 001/profile/01.jpg ...
cfp/Protocol/Pair_list_F.txt, Pair_list_P.txt       (a line: number ../Data/Images/001/frontal/01.jpg)
cfp/Protocol/Split/FF/01/same.txt, diff.txt ...     (a line: number,number; and FP; folds 01 to 10)"""

FILES = (RemoteFile("cfp-dataset.zip", "http://www.cfpw.io/cfp-dataset.zip"),)


def build(*, root: Path | str, protocol: Literal["FF", "FP"] = "FP") -> Dataset:
    """Build CFP as found below ``root/cfp``, with those images that the pairs use, in order of name.

    Dataset.trials: the folds of the folders in ``Protocol/Split``.

    protocol : "FP", frontal to profile, or "FF", frontal to frontal. Raises UserError that names file and line, or the
    missing images.
    """
    folder = locate(root, "cfp", LAYOUT, "Protocol")
    lists = unnest(folder / "Protocol")
    first, second = (_read_list(lists / name) for name in LISTS[protocol])
    splits = lists / "Split" / protocol
    folds = sorted(path for path in splits.iterdir() if path.is_dir()) if splits.is_dir() else []
    if not folds:
        raise UserError(f"{splits}: holds no folds. Expected below the data root:", LAYOUT)
    pairs: list[tuple[str, str]] = []
    same: list[bool] = []
    fold: list[int] = []
    for number, split in enumerate(folds):
        for file, alike in (("same.txt", True), ("diff.txt", False)):
            found = _read_pairs(split / file, first, second, alike)
            pairs += found
            same += [alike] * len(found)
            fold += [number] * len(found)
    images, trials = listed_pairs(unnest(folder / "Data").parent, pairs, np.array(same), np.array(fold), str(splits))
    owners = [_person(name) for name in images.names]
    people = tuple(sorted(set(owners)))
    labels = np.searchsorted(people, owners)
    line = f"CFP {protocol}, {len(folds)} folds, {len(trials):,} pairs, {int(trials.same.sum()):,} of one person"
    return Dataset("cfp", images, people, labels, trials=trials, protocol=line)


def _person(name: str) -> str:
    return name.split("/")[-3]


def _read_list(path: Path) -> dict[str, str]:
    """Read a list: from a number, as it is written, to the image's path below the set's folder."""
    images = {}
    for line, text in enumerate(read_lines(path), 1):
        parts = text.split()
        if not parts:
            continue
        if len(parts) != 2 or not parts[0].isdecimal() or not parts[1].startswith("../") or parts[1].count("/") < 4:
            raise UserError(f"{path}:{line}: expected 'number ../Data/Images/PERSON/KIND/IMAGE', got {text!r}")
        images[parts[0]] = safe_name(parts[1].removeprefix("../"), f"{path}:{line}")
    return images


def _read_pairs(path: Path, first: dict[str, str], second: dict[str, str], same: bool) -> list[tuple[str, str]]:
    """Read the pairs of same.txt or diff.txt, checked against who is seen in the images."""
    pairs = []
    for line, text in enumerate(read_lines(path), 1):
        if not text.strip():
            continue
        a, _, b = (part.strip() for part in text.partition(","))
        if a not in first or b not in second:
            raise UserError(f"{path}:{line}: expected 'number,number' of images in the pair lists, got {text!r}")
        if (_person(first[a]) == _person(second[b])) != same:
            who = "two people" if same else "one person"
            raise UserError(f"{path}:{line}: {first[a]} and {second[b]} show {who}")
        pairs.append((first[a], second[b]))
    return pairs
