"""Labeled Faces in the Wild: pairs of Views 1 and 2, all images of all people, or both.

Huang, Ramesh, Berg, Learned-Miller, "Labeled Faces in the Wild" (2007). View 1 is for choosing a model, View 2 for
the one accuracy that is reported: ten folds that share no person.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Dataset, Trials
from eigen2arc.datasets.download.files import RemoteFile, locate, unnest
from eigen2arc.datasets.images.lazy import FileImages
from eigen2arc.datasets.lists.lfw import LfwImage, read_pairs, read_people

#: edition -> the folder that its archive unpacks to. Nothing in the files themselves tells the editions apart.
EDITIONS = {"deep-funneled": "lfw-deepfunneled", "funneled": "lfw_funneled", "original": "lfw"}

#: view -> (protocol file, its name in the protocol line)
PAIR_FILES = {
    "view2": ("pairs.txt", "View 2"),
    "view1-train": ("pairsDevTrain.txt", "View 1, development training"),
    "view1-test": ("pairsDevTest.txt", "View 1, development test"),
}

LISTS = ("people.txt", *(file for file, _ in PAIR_FILES.values()))

LAYOUT = """\
lfw/lfw-deepfunneled/Aaron_Eckhart/Aaron_Eckhart_0001.jpg ...   (or lfw_funneled/, or lfw/ for the original images)
lfw/pairs.txt              View 2
lfw/pairsDevTrain.txt, lfw/pairsDevTest.txt     View 1
lfw/people.txt             the people of the ten folds"""

# The addresses and sums are those that scikit-learn declares; the makers' own server no longer answers.
FILES = (
    RemoteFile(
        "lfw-funneled.tgz",
        "https://ndownloader.figshare.com/files/5976015",
        "b47c8422c8cded889dc5a13418c4bc2abbda121092b3533a83306f90d900100a",
    ),
    RemoteFile(
        "pairs.txt",
        "https://ndownloader.figshare.com/files/5976006",
        "ea42330c62c92989f9d7c03237ed5d591365e89b3e649747777b70e692dc1592",
    ),
    RemoteFile(
        "pairsDevTrain.txt",
        "https://ndownloader.figshare.com/files/5976012",
        "1d454dada7dfeca0e7eab6f65dc4e97a6312d44cf142207be28d688be92aabfa",
    ),
    RemoteFile(
        "pairsDevTest.txt",
        "https://ndownloader.figshare.com/files/5976009",
        "7cb06600ea8b2814ac26e946201cdb304296262aad67d046a16a7ec85d0ff87c",
    ),
    RemoteFile("people.txt", "http://vis-www.cs.umass.edu/lfw/people.txt"),
)


def build(
    *,
    root: Path | str,
    view: Literal["view2", "view1-train", "view1-test", "people", "view2-all"] = "view2",
    edition: Literal["", "deep-funneled", "funneled", "original"] = "",
) -> Dataset:
    """Build LFW as found below ``root/lfw``.

    view : "view2" (ten folds of 600 pairs), "view1-train", "view1-test" (one fold each), "people" (all images,
    Dataset.fold = the View 2 fold 0 to 9 that a person belongs to), or "view2-all" (all images and folds, and the
    pairs of View 2: what the unrestricted protocol may learn from besides the pairs' own images). The other pair views
    hold only the images that the pairs use, in order of name. edition : a key of EDITIONS; "" takes the first one that
    is there. Raises UserError that names the file and line, or the missing images.
    """
    folder = locate(root, "lfw", LAYOUT, *EDITIONS.values())
    base, found = _find_edition(folder, edition)
    folder = _find_lists(folder, base)
    note = f"edition {found}, as the folder's name says; the images themselves do not show it"
    if view == "people":
        return _people(folder, base, found, note)
    if view == "view2-all":
        return _view2_all(folder, _people(folder, base, found, note))
    file_name, title = PAIR_FILES[view]
    pairs, same, fold = read_pairs(folder / file_name)
    wanted = sorted({image for pair in pairs for image in pair}, key=_path)
    images = _check_present(base, wanted, folder / file_name)
    trials = _trials(pairs, same, fold, images.names)
    people, labels = _label(wanted)
    protocol = f"LFW {title}, {_size(trials)}, {found} images"
    return Dataset("lfw", images, people, labels, trials=trials, protocol=protocol, notes=(note,))


def _people(folder: Path, base: Path, edition: str, note: str) -> Dataset:
    people, fold_of_person = read_people(folder / "people.txt")
    fold_by_name = {name: int(fold) for (name, _), fold in zip(people, fold_of_person, strict=True)}
    wanted = sorted(((name, i) for name, count in people for i in range(1, count + 1)), key=_path)
    images = _check_present(base, wanted, folder / "people.txt")
    names, labels = _label(wanted)
    fold = np.array([fold_by_name[name] for name, _ in wanted])
    protocol = f"LFW, all {len(images):,} images of {len(names):,} people, {edition} images"
    return Dataset("lfw", images, names, labels, fold=fold, protocol=protocol, notes=(note,))


def _view2_all(folder: Path, everyone: Dataset) -> Dataset:
    """Add the pairs of View 2 to all images, after a check that the two lists agree on who belongs to which fold."""
    path = folder / PAIR_FILES["view2"][0]
    pairs, same, fold = read_pairs(path)
    unknown = sorted({_path(image) for pair in pairs for image in pair} - set(everyone.images.names))
    if unknown:
        raise UserError(f"{path}: {len(unknown)} of its images are not in people.txt: {', '.join(unknown[:3])} ...")
    trials = _trials(pairs, same, fold, everyone.images.names)
    assert everyone.fold is not None
    for image in (trials.first, trials.second):
        strangers = np.flatnonzero(everyone.fold[image] != fold)
        if len(strangers):
            name, k = everyone.images.names[image[strangers[0]]], strangers[0]
            raise UserError(
                f"{path}: {name} is in a pair of fold {fold[k] + 1}, by people.txt its person is in fold "
                f"{everyone.fold[image[k]] + 1}: a test person could be learned from"
            )
    protocol = f"LFW View 2, {_size(trials)}; {everyone.protocol.removeprefix('LFW, ')}"
    return replace(everyone, trials=trials, protocol=protocol)


def _trials(pairs: list[tuple[LfwImage, LfwImage]], same: np.ndarray, fold: np.ndarray, names: Sequence[str]) -> Trials:
    number = {name: i for i, name in enumerate(names)}
    first, second = np.array([(number[_path(a)], number[_path(b)]) for a, b in pairs]).T
    return Trials(first, second, same, fold)


def _size(trials: Trials) -> str:
    folds = int(trials.fold.max()) + 1
    return f"{folds} folds x {len(trials) // folds} pairs" if folds > 1 else f"{len(trials)} pairs"


def _find_edition(folder: Path, edition: str) -> tuple[Path, str]:
    """Find the folder of people, and the edition. The one inside lfw/lfw is that of the original images, or the set."""
    for name in [edition] if edition else EDITIONS:
        for place in (folder, folder / "lfw"):
            if (place / EDITIONS[name]).is_dir():
                return unnest(place / EDITIONS[name]), name
    wanted = EDITIONS[edition] if edition else " or ".join(EDITIONS.values())
    raise UserError(f"{folder}: holds no folder {wanted}. Expected below the data root:", LAYOUT)


def _find_lists(folder: Path, base: Path) -> Path:
    """Find the folder of the lists: the set's, or one between it and the images."""
    between = [place for place in (base, *base.parents) if place == folder or folder in place.parents]
    there = (place for place in reversed(between) if any((place / name).is_file() for name in LISTS))
    return next(there, folder)


def _path(image: LfwImage) -> str:
    person, number = image
    return f"{person}/{person}_{number:04d}.jpg"


def _label(wanted: list[LfwImage]) -> tuple[tuple[str, ...], np.ndarray]:
    people = sorted({person for person, _ in wanted})
    number = {person: i for i, person in enumerate(people)}
    return tuple(people), np.array([number[person] for person, _ in wanted])


def _check_present(base: Path, wanted: list[LfwImage], source: Path) -> FileImages:
    missing = [image for image in wanted if not (base / _path(image)).is_file()]
    if missing:
        first = ", ".join(_path(image) for image in missing[:3])
        raise UserError(f"{base}: {len(missing)} of the {len(wanted)} images of {source.name} are missing: {first} ...")
    return FileImages(base, tuple(_path(image) for image in wanted))
