"""The protocol files of AgeDB's authors: MATLAB cells of pairs, by fold."""

from pathlib import Path

import numpy as np

from eigen2arc.core.errors import UserError, parsing

from .entries import safe_name
from .mat_file import read_mat

PROTOCOL_IMAGES = "03_Protocol_Images"


def protocol_file(gap_years: int) -> str:
    """Return the name of the file with the pairs that are so many years apart."""
    return f"04_FINAL_protocol_{gap_years}_years.mat"


def owner(image: str) -> str:
    """Return who is seen in an image of the protocol: the number that its name begins with."""
    return image.partition("_")[0]


def read_protocol(path: Path) -> tuple[list[tuple[str, str]], np.ndarray, np.ndarray]:
    """Read the pairs of a protocol file: files below PROTOCOL_IMAGES, same (P,) bool, fold (P,) int64, in its order.

    ``splits`` is a column of folds, each a structure of a cell (2, P) of images, each a structure whose first field is
    the name without ".jpg", and of labels (1, P), 1 for one person and -1 for two. Raises UserError that names the
    file, and the pair whose label and names disagree.
    """
    pairs: list[tuple[str, str]] = []
    same: list[bool] = []
    fold: list[int] = []
    what = "is not a protocol of AgeDB"
    splits = read_mat(path, ["splits"], what)["splits"]
    with parsing(path, what):
        for number, cell in enumerate(splits.ravel()):
            images, labels = (np.asarray(field) for field in list(cell.ravel()[0])[:2])
            first, second = ([f"{entry.ravel()[0][0].item()}.jpg" for entry in row] for row in images)
            pairs += list(zip(first, second, strict=True))
            same += (labels.ravel() == 1).tolist()
            fold += [number] * len(first)
    if len(same) != len(pairs):
        raise UserError(f"{path}: has {len(pairs)} pairs and {len(same)} labels")
    for (a, b), alike in zip(pairs, same, strict=True):
        safe_name(a, str(path)), safe_name(b, str(path))
        if (owner(a) == owner(b)) != alike:
            raise UserError(f"{path}: {a} and {b} are called {'one person' if alike else 'two people'}, by name not so")
    return pairs, np.array(same), np.array(fold, np.int64)
