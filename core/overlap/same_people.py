"""People who are in two sets under whatever names, found by their vectors: two who are more alike than chance allows.

How alike two different people ever are, the sets say themselves: the people of one set differ, by their names. The
highest similarities among all pairs of a set fall off exponentially, see exponential_tail. As in the search for
sequences (Karlin, Altschul, PNAS 87, 1990) what counts is how many pairs as alike are expected by chance in the whole
comparison.
"""

from typing import NamedTuple

import numpy as np

from eigen2arc.core.checks import check_shape

from .exponential_tail import LEAST, TAIL, TAIL_SHARE, ExponentialTail, fit_tail

#: Who is expected by chance no more often, in the whole comparison, is accused: so at most one comparison in twenty has
#: a wrong accusation, whatever its size.
ALPHA = 0.05

#: Of a larger set so many people, evenly spread, give the tail; all are compared.
MOST_PEOPLE = 20_000

#: People that are compared at a time with all others.
BLOCK = 1024


class People(NamedTuple):
    """The people of a set by their vectors.

    labels : (P,) int64, ascending. templates : (P, D) float32, the mean of a person's unit vectors, of length 1.
    images : (P,) int64, how many there were. halves : (H,) float32, the cosine between the templates of two halves of
    a person's images, for each person with two.
    """

    labels: np.ndarray
    templates: np.ndarray
    images: np.ndarray
    halves: np.ndarray


class Pair(NamedTuple):
    """Two people. first, second : their labels. similarity : cosine, -1..1. expected : so many as alike by chance."""

    first: int
    second: int
    similarity: float
    expected: float


class Tail(NamedTuple):
    """How alike two people of a set ever are: of ``pairs`` pairs ``above`` are above ``start``, and e times fewer are
    above each further ``scale``.

    doubles : the pairs that are more alike than that, one person under two names; they are not in it.
    """

    pairs: int
    above: int
    start: float
    scale: float
    doubles: list[Pair]

    def expected(self, similarity: float, comparisons: int) -> float:
        """Compute how many of so many pairs of two people are expected to be as alike; ``similarity`` >= start."""
        return ExponentialTail(*self[:4]).expected(similarity, comparisons)

    def threshold(self, comparisons: int) -> float:
        """Compute the similarity that ALPHA of so many pairs are expected to reach."""
        return ExponentialTail(*self[:4]).threshold(comparisons, ALPHA)


class SamePeople(NamedTuple):
    """What the vectors of two sets say. found : pairs of a person of the first and one of the second set, surest first.

    threshold : the cosine that they reach; it may be above 1, where nobody can be found. detectable : the share of
    people with two images or more, in either set, whose halves reach it: so many of those in both sets would be found;
    None where nobody has two. tails : of the two sets; None of one with too few people.
    """

    found: list[Pair]
    threshold: float
    detectable: float | None
    tails: tuple[Tail | None, Tail | None]


def people(vectors: np.ndarray, labels: np.ndarray, seed: int = 0) -> People:
    """Describe each person by the mean of the unit vectors; vectors (N, D), labels (N,) int64, below 0 for nobody.

    Of LFW's 1,680 people with two images 93 % had halves more alike than all but four pairs of halves of two people; by
    the best pair of images 80 %, by the mean of all pairs 94 %. But of that the tail hangs on the number of images,
    while of 10,000 pairs of two people the highest cosine of mean vectors is .39 for one image each, .42 for five.
    """
    check_shape(vectors, f"{len(labels)} D", "vectors")
    rows = np.flatnonzero((labels >= 0) & (np.linalg.norm(vectors, axis=1) > 0))
    rows = np.random.default_rng(seed).permutation(rows)
    rows = rows[np.argsort(labels[rows], kind="stable")]  # people in order, each person's images in any
    unit = _unit(vectors[rows].astype(np.float32))
    names, start, images = np.unique(labels[rows], return_index=True, return_counts=True)
    if not len(names):
        return People(names, unit, images, np.zeros(0, np.float32))
    half = (np.arange(len(rows)) - np.repeat(start, images)) < np.repeat(images // 2, images)
    parts = [np.add.reduceat(unit * side[:, None], start) for side in (half, ~half)]
    two = images >= 2
    halves = (_unit(parts[0][two]) * _unit(parts[1][two])).sum(axis=1)
    return People(names, _unit(parts[0] + parts[1]), images, halves)


def _unit(vectors: np.ndarray) -> np.ndarray:
    unit: np.ndarray = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12).astype(np.float32)
    return unit


def tail(given: People) -> Tail | None:
    """Estimate how alike two people of a set ever are; None where it has too few people to tell.

    Pairs that are expected ALPHA times or less are one person under two names: they are set aside, see fit_tail. A set
    has to have 29 people.
    """
    chosen = np.unique(np.linspace(0, len(given.labels) - 1, min(len(given.labels), MOST_PEOPLE)).astype(np.int64))
    pairs = len(chosen) * (len(chosen) - 1) // 2
    count = min(TAIL, int(TAIL_SHARE * pairs))
    if count < LEAST:
        return None
    value, i, j = _highest(given.templates[chosen], 2 * count)
    value = value.astype(np.float64)
    fitted, aside = fit_tail(value, pairs, count, ALPHA)
    made = Tail(*fitted, [])
    labels = given.labels[chosen]
    rows = zip(labels[i[:aside]].tolist(), labels[j[:aside]].tolist(), value[:aside].tolist(), strict=True)
    return made._replace(doubles=[Pair(a, b, s, made.expected(s, pairs)) for a, b, s in rows])


def _highest(templates: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The highest cosines of all pairs i < j, descending, with i and j."""
    value, i, j = np.zeros(0, np.float32), np.zeros(0, np.int64), np.zeros(0, np.int64)
    for top in range(0, len(templates), BLOCK):
        block = templates[top : top + BLOCK] @ templates[top:].T
        block[np.arange(block.shape[1]) <= np.arange(len(block))[:, None]] = -np.inf
        least = value[-1] if len(value) == most else -2
        a, b = np.nonzero(block > least)
        all_of = np.concatenate([value, block[a, b]])
        order = np.argsort(-all_of, kind="stable")[:most]
        value, i, j = all_of[order], np.append(i, top + a)[order], np.append(j, top + b)[order]
    return value, i, j


def same_people(first: People, second: People) -> SamePeople | None:
    """Find who is in both sets; None where both have too few people to tell what chance does.

    Of the two sets' tails the one counts by which a pair is the more to be expected.
    """
    tails = tail(first), tail(second)
    known = [one for one in tails if one is not None]
    if not known or not len(first.labels) or not len(second.labels):
        return None
    comparisons = len(first.labels) * len(second.labels)
    threshold = max(one.threshold(comparisons) for one in known)
    found = []
    for top in range(0, len(first.labels), BLOCK):
        block = first.templates[top : top + BLOCK] @ second.templates.T
        for i, j in zip(*np.nonzero(block >= threshold), strict=True):
            similarity = float(block[i, j])
            expected = max(one.expected(similarity, comparisons) for one in known)
            found.append(Pair(int(first.labels[top + i]), int(second.labels[j]), similarity, expected))
    found.sort(key=lambda pair: -pair.similarity)
    halves = np.concatenate([first.halves, second.halves])
    detectable = float((halves >= threshold).mean()) if len(halves) else None
    return SamePeople(found, threshold, detectable, tails)
