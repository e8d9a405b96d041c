"""Which images of a set are learned from, and which are kept to look at what was learned."""

from dataclasses import dataclass

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import GALLERY, PROBE, Dataset


@dataclass(frozen=True)
class Split:
    """learned, held_out : ascending image numbers, int64. Images of unknown people are in neither."""

    learned: np.ndarray
    held_out: np.ndarray


def split(dataset: Dataset, held_out_people: int) -> Split:
    """By the set's own protocol, the first round of Dataset.splits, where it has one: the gallery is learned from.

    Else by people, the last ``held_out_people`` being held out; 0 holds out no one. Raises UserError for a set that
    does not say who is who.
    """
    if dataset.labels is None:
        raise UserError(f"dataset {dataset.name} does not say who is who: nothing can be learned from it")
    known = dataset.labels >= 0
    if dataset.splits is not None:
        first = dataset.splits[0]
        return Split(np.flatnonzero(known & (first == GALLERY)), np.flatnonzero(known & (first == PROBE)))
    people = np.unique(dataset.labels[known])
    if not 0 <= held_out_people < len(people):
        raise UserError(f"setting held_out_people: expected fewer than the set's {len(people)}, got {held_out_people}")
    learned = np.isin(dataset.labels, people[: len(people) - held_out_people])
    return Split(np.flatnonzero(known & learned), np.flatnonzero(known & ~learned))
