"""Rounds of open-set identification in a folder of somebody's photos, where nobody knows how many there are of whom."""

import numpy as np

from eigen2arc.core.types import GALLERY, PROBE, UNUSED

#: So many images of strangers are looked up in a round where there are enough people: by the rule of 30 a false
#: positive rate of 10 % takes them.
STRANGERS = 300


def photo_rounds(labels: np.ndarray, outside: np.ndarray, *, enrolled: int, rounds: int, seed: int) -> np.ndarray:
    """Draw rounds: (rounds, N) int64 for Dataset.splits, without a round where nobody can be enrolled and looked up.

    labels : (N,) int64, whose image it is, -1 for one that is not to be used, or shows an unknown stranger. outside :
    (N,) bool, the images of strangers, who are looked up in every round. So is who has a single image, which cannot be
    enrolled and looked up. Where they have fewer images than STRANGERS, people are drawn who are strangers in that
    round, up to half of those with two images or more. enrolled : at most so many images of each other person are in
    the gallery, drawn anew in each round; the others, one at least, are looked up.
    """
    inside = np.flatnonzero(~outside & (labels >= 0))
    people, count = np.unique(labels[inside], return_counts=True)
    candidates, single = people[count > 1], np.isin(labels, people[count == 1]) & ~outside
    if not len(candidates):
        return np.zeros((0, len(labels)), np.int64)
    splits = np.full((rounds, len(labels)), UNUSED, np.int64)
    for number, split in enumerate(splits):
        rng = np.random.default_rng((seed, number))
        split[outside | single] = PROBE
        strangers = int((split == PROBE).sum())
        for n, person in enumerate(rng.permutation(candidates).tolist()):
            images = rng.permutation(inside[labels[inside] == person])
            split[images] = PROBE
            if strangers < STRANGERS and n < len(candidates) // 2:
                strangers += len(images)
            else:
                split[images[: min(enrolled, len(images) - 1)]] = GALLERY
    return splits
