"""The same picture twice in a folder of photos: of one person, or under two names, of which one is wrong."""

from collections.abc import Sequence

import numpy as np

from eigen2arc.core.overlap.same_pictures import Kind, SamePicture
from eigen2arc.core.types import Dataset

from .findings import Finding

#: What was done to a picture, in words.
CHANGES: dict[Kind, str] = {"identical": "", "near": ", saved again or changed", "mirrored": ", mirrored"}


def find_copies(
    dataset: Dataset, pairs: Sequence[SamePicture], used: np.ndarray, strangers: np.ndarray
) -> list[tuple[int, Finding]]:
    """Say of which images the picture is there already: the index of one that is not to be used, and why.

    pairs : the same pictures among the images, each with itself, too. used : (N,) bool, others are left alone.
    strangers : (N,) bool, see PhotoCheck. Of a picture that one person has several times, or a stranger without a name,
    the first stays; one that is under two names is of nobody for sure, so that none of it stays.
    """
    assert dataset.labels is not None
    names, labels = dataset.images.names, dataset.labels
    rows: list[tuple[int, Finding]] = []
    seen: set[tuple[int, int]] = set()
    for one in pairs:
        first, second = sorted((one.first, one.second))
        if first == second or (first, second) in seen or not (used[first] and used[second]):
            continue
        seen.add((first, second))
        images = names[first], names[second]
        owners = [dataset.people[label] if label >= 0 else "a stranger" for label in labels[[first, second]]]
        change = CHANGES[one.kind]
        unnamed = bool(strangers[first] and strangers[second] and min(labels[first], labels[second]) < 0)
        if labels[first] == labels[second] or unnamed:
            people = tuple(dataset.people[label] for label in labels[[first, second]] if label >= 0)[:1]
            words = f"the same picture twice{change}: the first is used, remove the second"
            rows.append((second, Finding("same_picture", "fault", people, images, words, one.correlation)))
        else:
            people = tuple(dataset.people[label] for label in labels[[first, second]] if label >= 0)
            words = f"the same picture{change}, once as {owners[0]}, once as {owners[1]}: remove it where it is wrong"
            finding = Finding("two_names", "fault", people, images, words, one.correlation)
            rows += [(first, finding), (second, finding)]
    return rows
