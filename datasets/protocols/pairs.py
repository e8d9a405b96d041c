"""Drawing a verification protocol from labelled images: balanced pairs in folds that share no person."""

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Trials


def balanced_pairs(labels: np.ndarray, *, pairs_per_fold: int, folds: int, seed: int) -> Trials:
    """Draw balanced pairs: at most ``folds`` folds of ``pairs_per_fold`` pairs, half of them genuine, each pair once.

    labels : (N,) int64. The folds share no person, so each needs someone with two images and someone else: where
    there are too few people there are fewer folds, and where a fold has too few pairs it has fewer, but balanced.
    Raises UserError where not even one fold can be made.
    """
    people, count = np.unique(labels, return_counts=True)
    if len(people) < 2:
        raise UserError(f"pairs of different people need at least 2 people, there is {len(people)}")
    if not (count > 1).any():
        raise UserError("pairs of the same person need two images of somebody, each person has only one")
    rng = np.random.default_rng(seed)
    folds = min(folds, int((count > 1).sum()), len(people) // 2)
    columns = []
    for fold, members in enumerate(_deal(people, count, folds, rng)):
        images = np.flatnonzero(np.isin(labels, members))
        images = images[np.argsort(labels[images], kind="stable")]
        first, second, same = _draw(labels[images], pairs_per_fold // 2, rng)
        columns.append((images[first], images[second], same, np.full(len(same), fold)))
    return Trials(*(np.concatenate(column) for column in zip(*columns, strict=True)))


def _deal(people: np.ndarray, count: np.ndarray, folds: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Deal the people to the folds; those with two images first, so that each fold gets one of them."""
    order = rng.permutation(len(people))
    order = order[np.argsort(count[order] < 2, kind="stable")]
    return [people[order[fold::folds]] for fold in range(folds)]


def _draw(labels: np.ndarray, most: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw at most ``most`` genuine and as many impostor pairs: first, second and same. ``labels`` are sorted."""
    here = np.arange(len(labels))
    start = np.searchsorted(labels, labels)  # where the image's person begins
    # Image j makes a genuine pair with each image of start..j-1, an impostor pair with each of 0..start-1.
    genuine, impostor = here - start, start
    pairs = min(most, int(genuine.sum()), int(impostor.sum()))
    parts = [_choose(genuine, start, pairs, rng), _choose(impostor, np.zeros_like(start), pairs, rng)]
    first, second = np.concatenate(parts, axis=1)
    return first, second, np.repeat([True, False], pairs)


def _choose(partners: np.ndarray, start: np.ndarray, pairs: int, rng: np.random.Generator) -> np.ndarray:
    """Draw pairs without replacement, (2, pairs), image j having ``partners[j]`` partners from ``start[j]`` on.

    All pairs are numbered through, image by image; only the drawn numbers are turned into pairs, so the millions
    of impostor pairs of a large folder are never listed.
    """
    end = np.cumsum(partners)
    number = np.sort(rng.choice(int(end[-1]), pairs, replace=False))
    second = np.searchsorted(end, number, side="right")
    first = start[second] + number - (end - partners)[second]
    return np.stack([first, second])
