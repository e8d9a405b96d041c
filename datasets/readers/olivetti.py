"""The Olivetti faces: ORL cut to 64 x 64 grey, as scikit-learn offers them (fetch_olivetti_faces).

Samaria, Harter, "Parameterisation of a stochastic model for human face identification" (WACV 1994).
"""

from pathlib import Path

import numpy as np

from eigen2arc.core.bounds import Count, Seed
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Dataset
from eigen2arc.datasets.download.files import RemoteFile, locate
from eigen2arc.datasets.images.lazy import ArrayImages
from eigen2arc.datasets.lists.mat_file import read_mat
from eigen2arc.datasets.protocols.splits import describe_split, gallery_split

PEOPLE, PER_PERSON, SIZE_PX = 40, 10, 64

LAYOUT = "olivetti/olivettifaces.mat   (400 images of 64 x 64 in one file)"

# Name, address and sum as scikit-learn declares them.
FILES = (
    RemoteFile(
        "olivettifaces.mat",
        "https://ndownloader.figshare.com/files/5976027",
        "b612fb967f2dc77c9c62d3e1266e0c73d5fca46a4b8906c18e454d41af987794",
    ),
)


def build(*, root: Path | str, train_per_person: Count = 5, split_seed: Seed | None = None) -> Dataset:
    """Build Olivetti as found in ``root/olivetti/olivettifaces.mat``, the file that scikit-learn downloads.

    It is read here, not by scikit-learn: that one keeps a pickle instead, which could run code, and stretches the
    grey values. Dataset.fold and splits as in the orl reader: 0 = gallery, 1 = probes.

    train_per_person : images of each person in the gallery. split_seed : they are drawn with it; None takes the first
    ones. Raises UserError for a file that is missing or is not this set.
    """
    path = locate(root, "olivetti", LAYOUT, "olivettifaces.mat") / "olivettifaces.mat"
    grey = read_faces(path)
    images = ArrayImages(
        [np.repeat(image[:, :, None], 3, axis=2) for image in grey],
        tuple(f"s{i // PER_PERSON + 1}/{i % PER_PERSON + 1}" for i in range(len(grey))),
    )
    labels = np.repeat(np.arange(PEOPLE), PER_PERSON)
    fold = gallery_split(labels, train_per_person=train_per_person, split_seed=split_seed)
    split = describe_split(train_per_person=train_per_person, split_seed=split_seed)
    protocol = f"Olivetti, {PEOPLE} people, {len(images)} images; {split}"
    people = tuple(f"s{i + 1}" for i in range(PEOPLE))
    return Dataset("olivetti", images, people, labels, fold=fold, splits=fold[None], protocol=protocol)


def read_faces(path: Path) -> np.ndarray:
    """Read the images of the file: (400, 64, 64) uint8 grey, ten of a person in a row.

    Raises UserError for any other file.
    """
    columns = np.asarray(read_mat(path, ["faces"], "is damaged, or is not the Olivetti faces")["faces"])
    expected = (SIZE_PX * SIZE_PX, PEOPLE * PER_PERSON)
    is_grey = columns.shape == expected and columns.dtype.kind in "uif" and 0 <= columns.min() <= columns.max() <= 255
    if not is_grey:
        raise UserError(f"{path}: expected 'faces' of shape {expected} with values 0 to 255, got {columns.shape}")
    # A column is an image, written down one image column after the other.
    return columns.T.reshape(-1, SIZE_PX, SIZE_PX).transpose(0, 2, 1).astype(np.uint8)
