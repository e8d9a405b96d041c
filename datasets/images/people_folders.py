"""Images that lie in one folder per person, whatever the folders are called."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from eigen2arc.core.image import SUFFIXES


def images_by_person(folder: Path) -> list[str]:
    """List ``person/file`` of every image in the folders inside ``folder``, people in order of name, then files.

    A person's folder may hold folders; one whose name begins with a dot is nobody's. No file is opened or asked for
    its state, so that millions are listed in seconds.
    """
    names: list[str] = []
    for person in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
        found = []
        for where, _, files in os.walk(person):
            inside = Path(where).relative_to(folder).as_posix()
            found += [f"{inside}/{file}" for file in files if os.path.splitext(file)[1].lower() in SUFFIXES]
        names += sorted(found)
    return names


def label_by_folder(names: Sequence[str]) -> tuple[tuple[str, ...], np.ndarray]:
    """Label each ``person/file`` by its folder: the people, in order of name, and the labels (N,) int64."""
    owners = [name.partition("/")[0] for name in names]
    people = tuple(sorted(set(owners)))
    number = {person: i for i, person in enumerate(people)}
    return people, np.array([number[owner] for owner in owners], np.int64)
