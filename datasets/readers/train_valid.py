"""Your own images with a train/valid split: train/ and valid/, each with one folder per person."""

from pathlib import Path

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import GALLERY, PROBE, Dataset
from eigen2arc.datasets.download.files import unnest
from eigen2arc.datasets.images.lazy import FileImages
from eigen2arc.datasets.images.people_folders import images_by_person

LAYOUT = "ROOT/train/Ada/anything.jpg ..., ROOT/valid/Ada/... or ROOT/valid/Grace/..., one folder per person, any names"

PARTS = ("train", "valid")


def build(*, root: Path | str) -> Dataset:
    """Build the data set of all images below the people's folders in ``root/train`` and ``root/valid``.

    Dataset.fold: 0 = train, 1 = valid. Dataset.splits: one round that says the same, so that encoders learn from
    train and are tested on valid. A folder's name is the person's, in both parts: the parts may share people, as
    for telling people apart who have been seen, or none, as for telling strangers apart; the protocol line says how
    many they share. Raises UserError for a part that is missing or holds no image.
    """
    folder = Path(root)
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder. Expected: {LAYOUT}")
    names: list[str] = []
    owners: list[str] = []
    fold: list[int] = []
    for number, part in enumerate(PARTS):
        base = unnest(folder / part)
        found = images_by_person(base) if base.is_dir() else []
        if not found:
            raise UserError(f"{folder / part}: there is no image in a person's folder. Expected: {LAYOUT}")
        names += [f"{base.relative_to(folder).as_posix()}/{name}" for name in found]
        owners += [name.partition("/")[0] for name in found]
        fold += [number] * len(found)
    people = tuple(sorted(set(owners)))
    number_of = {person: i for i, person in enumerate(people)}
    labels, part_of = np.array([number_of[owner] for owner in owners], np.int64), np.array(fold)
    counts = [len(np.unique(labels[part_of == number])) for number in range(len(PARTS))]
    shared = sum(counts) - len(people)
    sizes = ", ".join(
        f"{part}: {np.count_nonzero(part_of == number):,} images of {counts[number]:,} people"
        for number, part in enumerate(PARTS)
    )
    protocol = f"folder {folder.resolve().name}, {sizes}; people in both: {shared:,}"
    images = FileImages(folder, tuple(names))
    splits = np.where(part_of == 0, GALLERY, PROBE)[None]
    return Dataset("train_valid", images, people, labels, fold=part_of, splits=splits, protocol=protocol)
