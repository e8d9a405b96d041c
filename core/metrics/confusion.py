"""Who is taken for whom, and how often each person is named rightly.

A probe is taken for the person that it is named as, or for NOBODY. Probes of one image, in several rounds, hang
together; so what stands for independent trials in a person's interval are images, not probes.
"""

from dataclasses import dataclass

import numpy as np

from .intervals import LEVEL, wilson

#: In place of a person's label: whom a probe is taken for that is refused, or shows no face.
NOBODY = -1


@dataclass(frozen=True)
class Confusions:
    """How often people are taken for others: the K pairs that occur.

    person, named : (K,) int64 labels, ascending by person, then by who is named; NOBODY among ``named``. probes : (K,)
    int64, how many.
    """

    person: np.ndarray
    named: np.ndarray
    probes: np.ndarray


def confusions(person: np.ndarray, named: np.ndarray) -> Confusions:
    """Count whom the P probes of ``person`` (P,) int64 are taken for, ``named`` (P,) int64; the right ones, too."""
    pairs, probes = np.unique(np.stack([person, named], axis=1), axis=0, return_counts=True)
    return Confusions(pairs[:, 0], pairs[:, 1], probes)


def most_confused(found: Confusions, most: int) -> np.ndarray:
    """Choose the people who are confused most often, at most ``most``: (S,) labels, those of one confusion together.

    Pairs of people are taken in order of how often either is taken for the other, and of their labels; nobody is no
    person.
    """
    wrong = (found.person != found.named) & (found.named != NOBODY)
    ends = np.sort(np.stack([found.person[wrong], found.named[wrong]], axis=1), axis=1)
    pairs, index = np.unique(ends, axis=0, return_inverse=True)
    often = np.bincount(index.ravel(), found.probes[wrong], len(pairs))
    chosen: dict[int, None] = {}
    for pair in pairs[np.argsort(-often, kind="stable")].tolist():
        if len(chosen.keys() | set(pair)) <= most:
            chosen |= dict.fromkeys(pair)
    return np.array(list(chosen), np.int64)


def matrix(found: Confusions, people: np.ndarray) -> np.ndarray:
    """Arrange the confusions of some ``people`` (S,): (S, S + 2) int64 probes, a row a person.

    The last two columns are others who are named, and NOBODY.
    """
    column = {int(label): i for i, label in enumerate(people)}
    counts = np.zeros((len(people), len(people) + 2), np.int64)
    for person, named, probes in zip(found.person.tolist(), found.named.tolist(), found.probes.tolist(), strict=True):
        if person in column:
            last = len(people) + (named == NOBODY)
            counts[column[person], column.get(named, last)] += probes
    return counts


@dataclass(frozen=True)
class PersonRates:
    """How often each of C people is named rightly, worst first; of as low ones that with the lower high end.

    person : (C,) int64 labels. images, probes : (C,) int64. share, low, high : (C,) float64, 0..1, with Wilson's
    interval, of as many trials as there are images. below : (C,) bool, whether the person's rate is below that of all
    probes even when it is allowed for that the worst of C people was looked for, by Bonferroni.
    """

    person: np.ndarray
    images: np.ndarray
    probes: np.ndarray
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray
    below: np.ndarray


def person_rates(person: np.ndarray, image: np.ndarray, right: np.ndarray) -> PersonRates:
    """Compute the rates of the people on P probes, P > 0.

    person, image : (P,) int64, who and which image it is. right : (P,) bool, whether the own person is named.
    """
    people, index = np.unique(person, return_inverse=True)
    probes = np.bincount(index)
    share = np.bincount(index, right) / probes
    images = np.bincount(np.unique(np.stack([index, image]), axis=1)[0])
    trials = list(zip((share * images).tolist(), images.tolist(), strict=True))
    low, high = np.array([wilson(*one) for one in trials]).T
    strict = np.array([wilson(*one, level=1 - (1 - LEVEL) / len(people))[1] for one in trials])
    order = np.lexsort((people, high, share))
    columns = (people, images, probes, share, low, high, strict < np.mean(right))
    return PersonRates(*(column[order] for column in columns))
