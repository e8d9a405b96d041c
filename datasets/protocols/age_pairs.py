"""Drawing a verification protocol of pairs whose two faces are a given number of years apart."""

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Trials


def age_pairs(
    labels: np.ndarray, ages: np.ndarray, *, gap_years: int, pairs_per_fold: int, folds: int, seed: int
) -> Trials:
    """Draw pairs whose faces are ``gap_years`` apart: at most ``folds`` folds of ``pairs_per_fold``, half genuine.

    labels, ages : (N,) int64. In every pair, of one person or of two, the ages differ by ``gap_years`` exactly, so
    that age says nothing about who it is. Each pair occurs once. The folds share no person. Where there are too few
    people for a fold to have a pair of each kind there are fewer folds, and a fold with too few pairs has fewer, but
    balanced. Raises UserError where not even one fold can be made.
    """
    for number in range(folds, 0, -1):
        rng = np.random.default_rng(seed)
        dealt = _deal(labels, ages, gap_years, number, rng)
        drawn = [_draw(images, labels[images], ages[images], gap_years, pairs_per_fold // 2, rng) for images in dealt]
        if all(len(pairs) for pairs in drawn):
            first, second = np.concatenate(drawn).T
            same = labels[first] == labels[second]
            return Trials(first, second, same, np.repeat(np.arange(number), [len(pairs) for pairs in drawn]))
    raise UserError(f"gap_years={gap_years}: there are no pairs of one person and of two that are so far apart")


def _deal(
    labels: np.ndarray, ages: np.ndarray, gap_years: int, folds: int, rng: np.random.Generator
) -> list[np.ndarray]:
    """Deal people to folds, those with a genuine pair first, so that each fold gets some; return their images."""
    people = rng.permutation(np.unique(labels))
    faces = labels * (1 << 32) + ages  # one number for who and how old
    spans = np.isin(people, labels[np.isin(faces + gap_years, faces)])
    order = people[np.argsort(~spans, kind="stable")]
    return [np.flatnonzero(np.isin(labels, order[fold::folds])) for fold in range(folds)]


def _draw(
    images: np.ndarray, labels: np.ndarray, ages: np.ndarray, gap_years: int, most: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw (2 P, 2) pairs of a fold's images, genuine ones first, P at most ``most`` and 0 where a kind is missing."""
    apart = _apart(ages, gap_years)
    alike = labels[apart[:, 0]] == labels[apart[:, 1]]
    kinds = [apart[alike], apart[~alike]]
    pairs = min(most, *map(len, kinds))
    return np.asarray(images[np.concatenate([rng.permutation(kind)[:pairs] for kind in kinds])])


def _apart(ages: np.ndarray, gap_years: int) -> np.ndarray:
    """List the pairs (P, 2) of faces whose ages differ by the gap, the lower number first, ascending.

    By the faces of each age, so that the millions of pairs of other ages are never looked at.
    """
    of_age = {int(age): np.flatnonzero(ages == age) for age in np.unique(ages)}
    nobody = np.zeros(0, np.int64)
    pairs = []
    for number, age in enumerate(ages.tolist()):
        others = np.concatenate([of_age.get(age - gap_years, nobody), of_age.get(age + gap_years, nobody)])
        others = np.sort(others[others > number])
        pairs.append(np.stack([np.full(len(others), number), others], axis=1))
    return np.concatenate(pairs) if pairs else np.zeros((0, 2), np.int64)
