"""What a system may learn from before it is tested on one fold of a verification protocol: nobody of that fold.

The words are those of LFW: G. Huang, E. Learned-Miller, "Labeled Faces in the Wild: Updates and New Reporting
Procedures", UM-CS-2014-003.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from eigen2arc.core.types import Dataset, Trials


@dataclass(frozen=True)
class TrainingSet:
    """One fold, and what may be learned from before it is judged.

    tested : (T,) numbers of the pairs that are judged. images : (M,) numbers of the images for an encoder, ascending;
    labels : (M,) whose they are, as far as the system may know. pairs : (P,) numbers of the pairs for a matcher.
    """

    tested: np.ndarray
    images: np.ndarray
    labels: np.ndarray
    pairs: np.ndarray


def training_sets(dataset: Dataset, labels: str) -> Iterator[TrainingSet]:
    """One for each fold of the set's trials, which has to have labels and two folds at least.

    labels : "identities" gives all images of the other folds' people, where the set says who belongs to which fold,
    and else the images of the other folds' pairs, with who they show. "pairs" and "none" give the images of the other
    folds' pairs, each as if it were a person of its own. Whoever is in a tested pair is nowhere in what is given.
    """
    trials, people = dataset.trials, dataset.labels
    assert trials is not None and people is not None
    for fold in np.unique(trials.fold):
        inside = trials.fold == fold
        tested = people[_images(trials, inside)]
        free = ~np.isin(people, tested)
        pairs = np.flatnonzero(~inside & free[trials.first] & free[trials.second])
        if labels == "identities" and _folds_of_people(dataset):
            assert dataset.fold is not None
            images = np.flatnonzero(free & (dataset.fold != fold))
        else:
            images = _images(trials, ~inside)
            images = images[free[images]]
        known = people[images] if labels == "identities" else np.arange(len(images))
        yield TrainingSet(np.flatnonzero(inside), images, known, pairs)


def _images(trials: Trials, chosen: np.ndarray) -> np.ndarray:
    return np.unique(np.concatenate([trials.first[chosen], trials.second[chosen]]))


def _folds_of_people(dataset: Dataset) -> bool:
    """Whether Dataset.fold means the folds of the trials, and not a gallery and its probes."""
    trials, fold = dataset.trials, dataset.fold
    if trials is None or fold is None:
        return False
    return bool((fold[trials.first] == trials.fold).all() and (fold[trials.second] == trials.fold).all())
