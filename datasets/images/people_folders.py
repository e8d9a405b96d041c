"""Images that lie in one folder per person, whatever the folders are called."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from eigen2arc.core.image_folder import image_names


def images_by_person(folder: Path) -> list[str]:
    """List ``person/file`` of every image in the folders inside ``folder``, people in order of name, then files.

    A person's folder may hold folders; an image outside of them is nobody's. See core.image_folder.image_names.
    """
    return sorted((name for name in image_names(folder) if "/" in name), key=lambda name: name.partition("/"))


def label_by_folder(names: Sequence[str]) -> tuple[tuple[str, ...], np.ndarray]:
    """Label each ``person/file`` by its folder: the people, in order of name, and the labels (N,) int64."""
    owners = [name.partition("/")[0] for name in names]
    people = tuple(sorted(set(owners)))
    number = {person: i for i, person in enumerate(people)}
    return people, np.array([number[owner] for owner in owners], np.int64)
