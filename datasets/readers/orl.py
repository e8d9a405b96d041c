"""The ORL (AT&T) faces: 40 people, ten upright grey images of each.

Samaria, Harter, "Parameterisation of a stochastic model for human face identification" (WACV 1994).
"""

import re
from pathlib import Path
from typing import Annotated

import numpy as np

from eigen2arc.core.bounds import Count, Ge, Le, Seed
from eigen2arc.core.errors import UserError
from eigen2arc.core.image_folder import image_names
from eigen2arc.core.types import Dataset
from eigen2arc.datasets.download.files import RemoteFile, locate
from eigen2arc.datasets.images.lazy import FileImages
from eigen2arc.datasets.protocols.splits import describe_split, gallery_split, random_splits

LAYOUT = "orl/s1/1.pgm ... orl/s1/10.pgm, ..., orl/s40/10.pgm"

FILES = (RemoteFile("att_faces.zip", "https://www.cl.cam.ac.uk/Research/DTG/attarchive/pub/data/att_faces.zip"),)


def build(
    *,
    root: Path | str,
    train_per_person: Count = 5,
    split_seed: Seed | None = None,
    splits: Annotated[int, Ge(1), Le(10_000)] | None = None,
) -> Dataset:
    """Build ORL as found below ``root/orl``.

    Dataset.fold: 0 = gallery, which encoders are fitted on; 1 = probes, the others. Dataset.splits: one round that says
    the same.

    train_per_person : images of each person in the gallery. split_seed : they are drawn with it; None takes the first
    ones. splits : so many rounds instead, in Dataset.splits, drawn with ``split_seed`` (0 if it is not given). Raises
    UserError that shows the expected layout.
    """
    folder = locate(root, "orl", LAYOUT, "s1")
    files: list[tuple[int, int]] = []
    for name in image_names(folder):
        match = re.fullmatch(r"s(\d+)/(\d+)\.pgm", name)
        if match:
            files.append((int(match[1]), int(match[2])))
    if not files:
        raise UserError(f"{folder}: holds no image. Expected below the data root:", LAYOUT)
    files.sort()  # by number: s2 before s10
    subjects, labels = np.unique([subject for subject, _ in files], return_inverse=True)
    protocol = f"ORL, {len(subjects)} people, {len(files)} images; "
    fold = None
    if splits is None:
        fold = gallery_split(labels, train_per_person=train_per_person, split_seed=split_seed)
        rounds = fold[None]
        protocol += describe_split(train_per_person=train_per_person, split_seed=split_seed)
    else:
        seed = split_seed or 0
        rounds = random_splits(labels, rounds=splits, train_per_person=train_per_person, split_seed=seed)
        protocol += f"{splits} rounds, each: {describe_split(train_per_person=train_per_person, split_seed=seed)}"
    return Dataset(
        "orl",
        FileImages(folder, tuple(f"s{subject}/{number}.pgm" for subject, number in files)),
        tuple(f"s{subject}" for subject in subjects),
        labels,
        fold=fold,
        splits=rounds,
        protocol=protocol,
    )
