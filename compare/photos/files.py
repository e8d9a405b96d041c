"""The files of a folder of photos: which are images, whose they are, and why the others are not looked at."""

import stat
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.image import SUFFIXES, is_image
from eigen2arc.core.image_folder import LeftOut, survey
from eigen2arc.core.types import Dataset
from eigen2arc.datasets.images.concat_images import ConcatImages
from eigen2arc.datasets.images.lazy import FileImages

from .findings import Finding, Kind

#: How the photos of a person are to lie.
LAYOUT = "FOLDER/Ada/anything.jpg, FOLDER/Ada/..., FOLDER/Grace/..., one folder per person, any names"

#: Endings of photos that are read where a package for them is installed.
PHONE_SUFFIXES = (".heic", ".heif")


class PhotoFiles(NamedTuple):
    """All files with the name of an image, and what is said of the others.

    dataset, known, strangers : see PhotoCheck. counts : of the files that are not in the dataset, by Kind.
    """

    dataset: Dataset
    known: int
    strangers: np.ndarray
    findings: list[Finding]
    counts: Counter[Kind]


class _Side(NamedTuple):
    """One of the two folders. title : what its files are called after. names : of its images, below it."""

    folder: Path
    title: str
    names: tuple[str, ...]
    people: tuple[str, ...]
    owners: tuple[str, ...]


def list_photos(folder: Path, strangers: Path | None) -> PhotoFiles:
    """List the files of a folder with one folder per person, and of one with strangers, flat or with such folders.

    Their names begin with that of the folder. Raises UserError where one of them is no folder, or there is no image.
    """
    findings: list[Finding] = []
    counts: Counter[Kind] = Counter()
    title = folder.resolve().name or "photos"
    sides = [_list_side(folder, title, True, findings, counts)]
    if strangers is not None:
        called = strangers.resolve().name or "strangers"
        if strangers.resolve().is_relative_to(folder.resolve()) or folder.resolve().is_relative_to(strangers.resolve()):
            raise UserError(
                f"{strangers}: lies in the folder of the photos, or the other way round: move one out of it"
            )
        sides.append(
            _list_side(strangers, f"{called} (strangers)" if called == title else called, False, findings, counts)
        )
    images = ConcatImages(
        tuple(FileImages(side.folder, side.names) for side in sides), tuple(side.title for side in sides)
    )
    known = len(sides[0].people)
    people = tuple(person for side in sides for person in side.people)
    first = np.cumsum([0, *(len(side.people) for side in sides)]).tolist()
    labels = [
        start + side.people.index(owner) if owner else -1
        for side, start in zip(sides, first[:-1], strict=True)
        for owner in side.owners
    ]
    shown = np.repeat([False, True][: len(sides)], [len(side.names) for side in sides])
    protocol = f"{title}, {known} people" + (f", and strangers in {sides[1].title}" if len(sides) > 1 else "")
    dataset = Dataset("photos", images, people, np.array(labels, np.int64), protocol=protocol)
    return PhotoFiles(dataset, known, shown, findings, counts)


def _list_side(folder: Path, title: str, by_person: bool, findings: list[Finding], counts: Counter[Kind]) -> _Side:
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder. Expected: {LAYOUT}")
    found, left_out = survey(folder)
    for one in left_out:
        kind, words = _why_left_out(folder, one)
        is_folder = one.reason.startswith("folder") or (folder / one.name).is_dir()
        counts[kind] += not is_folder
        findings.append(
            Finding(
                kind,
                "note" if kind == "left_by_a_system" else "fault",
                _person(one.name),
                (f"{title}/{one.name}",),
                words,
            )
        )
    names = []
    for name in found:
        if not _is_file(folder / name):
            findings.append(
                Finding(
                    "unreadable",
                    "fault",
                    _person(name),
                    (f"{title}/{name}",),
                    "is a pipe or a device, not a file: remove it",
                )
            )
            counts["unreadable"] += 1
        elif by_person and "/" not in name:
            findings.append(
                Finding(
                    "loose",
                    "fault",
                    (),
                    (f"{title}/{name}",),
                    "lies in nobody's folder: move it into that of the person it shows",
                )
            )
            counts["loose"] += 1
        else:
            names.append(name)
    if not names:
        raise UserError(
            f"{folder}: holds no image in a person's folder. Expected: {LAYOUT}"
            if by_person
            else f"{folder}: holds no image ({', '.join(sorted(SUFFIXES))})"
        )
    names.sort(key=lambda name: name.partition("/"))
    owners = tuple(name.partition("/")[0] if "/" in name else "" for name in names)
    closed = {one.name for one in left_out}
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and entry.name not in {*owners, *closed}:
            holds = "nothing" if not any(entry.iterdir()) else "no image"
            findings.append(
                Finding(
                    "empty_folder",
                    "fault",
                    (entry.name,),
                    (f"{title}/{entry.name}",),
                    f"the folder holds {holds}: put images of {entry.name} into it, or remove it",
                )
            )
    return _Side(folder, title, tuple(names), tuple(sorted({*owners} - {""})), owners)


def _person(name: str) -> tuple[str, ...]:
    """Whose folder a file lies in."""
    person, _, inside = name.partition("/")
    return (person,) if inside else ()


def _is_file(path: Path) -> bool:
    """Whether reading it ends; what is not there, or private, is left for the reader to tell."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True


def _why_left_out(folder: Path, one: LeftOut) -> tuple[Kind, str]:
    if one.reason == "left by a system":
        return "left_by_a_system", "was left by a system, and is not looked at"
    if one.reason == "folder that cannot be read":
        return "unreadable_folder", "the folder cannot be read, so nothing in it was looked at: change its permissions"
    if one.reason == "folder that is there twice":
        return "unreadable_folder", "is a link to a folder that was looked at under another name: remove it"
    suffix = Path(one.name).suffix.lower()
    if suffix in PHONE_SUFFIXES:
        return "other_file", f"{suffix} is read where the package pillow-heif is installed: install it, or save as .jpg"
    if _is_file(folder / one.name) and is_image(folder / one.name):
        return (
            "other_file",
            f"begins like an image, but its name ends with {suffix or 'nothing'}: rename it to be looked at",
        )
    return "other_file", "is no image by the ending of its name: it is not looked at"
