"""Who is under a wrong name in a folder of photos, by vectors: what two people, or one, hardly ever do by chance.

Four questions are asked, and each accuses so seldom by chance that a whole check has a wrong accusation once in
1 / ALPHA times at most. How often chance does what, the folder itself says, see core.overlap.exponential_tail:

* Are two people more alike than two people are? Then they are one. For directions drawn at random the share of pairs
  whose cosine is above c falls off as a power of 1 - c^2, so that its logarithm has an exponential tail.
* Do the images of a person fall into two halves, each more alike in itself than both are by more than it is with the
  halves of a person? Then they are two.
* Is an image less like the others of its person, compared with those in the folder whom it is most like, than images
  are? Then it is another's.
* Is an image more like another person than images are like others, and more than like its own? Then it is that one's.

Of the first, and of the last two together, it is also said who is suspected: that is not beyond chance, but chance does
it only SUSPECTED times in a folder, so that a person can look at it.

Vectors are taken from the mean of all people, without which those of some networks all point one way.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from eigen2arc.core.checks import check_shape
from eigen2arc.core.overlap.exponential_tail import LEAST, TAIL, TAIL_SHARE, fit_tail
from eigen2arc.core.types import Dataset

from .findings import Finding, Kind, Severity

#: Wrong accusations that are expected by chance in a whole check, and in each of its questions.
ALPHA = 0.05
QUESTIONS = 4

#: Suspicions that are expected by chance in each question that has them.
SUSPECTED = 1.0

#: An image that is as like another person as this share of all images are to their own is named as that person's.
OWN_SHARE = 0.05

#: With so many people, whom it is most like, an image is compared. Of 60 people of LFW images of strangers in their
#: folders were told so 88 times of 100, and 82 times by the one whom they were most like.
COHORT = 10

#: Two halves of a person, and an image and its person, that are more alike than this share of all pairs of two people
#: are one's, however unlike they are.
OTHERS_SHARE = 0.95

#: Halves have so many images at least: a single one is asked for itself.
HALF = 2


#: Who, whom they look like, and a cosine or by how much it is higher.
Pairs = list[tuple[int, int, float]]


class Misnamed(NamedTuple):
    """What is found, and what could not be looked for.

    one_person : pairs of people (i, j), i < j, who look like one, and their cosine. two_people : those who look like
    two, the images of the smaller half, and the cosine of the halves. misplaced : images that look like another's, whom
    they look like, -1 for nobody in the folder, and by how much the cosine to that person, or the most alike one, is
    above that to their own. suspected_people, suspected_images : likewise those who may be one, or another's. too_few :
    which questions the folder is too small for, and for how many.
    """

    one_person: Pairs
    two_people: list[tuple[int, np.ndarray, float]]
    misplaced: Pairs
    suspected_people: Pairs
    suspected_images: Pairs
    too_few: list[str]


def misnamed(vectors: np.ndarray, labels: np.ndarray, known: int) -> Misnamed:
    """Find who is under a wrong name.

    vectors : (N, D). labels : (N,) int64, whose image it is, -1 for none that counts. Those below ``known`` are the
    people of the folder, all others strangers, of whom only whether they are one of the folder's is asked.
    """
    check_shape(vectors, f"{len(labels)} D", "vectors")
    rows = np.flatnonzero(labels >= 0)
    names, inverse = np.unique(labels[rows], return_inverse=True)
    if not len(names):
        return Misnamed([], [], [], [], [], [])
    unit = _unit(vectors[rows].astype(np.float64))
    counts = np.bincount(inverse)
    means = _sums(unit, inverse, len(names)) / counts[:, None]
    unit = _unit(unit - means.mean(axis=0))
    people = names < known
    sums = _sums(unit, inverse, len(names))
    templates = _unit(sums)
    too_few: list[str] = []
    one, perhaps_one = _one_person(templates, people, too_few)
    same = {pair for a, b, _ in one for pair in ((a, b), (b, a))}
    alike = templates[people] @ templates[people].T
    others = alike[np.triu_indices(len(alike), 1)]
    far = float(np.quantile(others, OTHERS_SHARE)) if len(others) else -1.0
    groups = [np.flatnonzero(inverse == person) for person in range(int(people.sum()))]
    two = _two_people(unit, groups, far, too_few)
    asked = [person for person in range(len(groups)) if person not in {row[0] for row in two}]
    moved, perhaps_moved = _misplaced(unit, groups, asked, templates, same, too_few)
    people_found, people_suspected = (
        [(int(names[a]), int(names[b]), cosine) for a, b, cosine in pairs] for pairs in (one, perhaps_one)
    )
    images_found, images_suspected = (
        [(int(rows[image]), int(names[other]) if other >= 0 else -1, margin) for image, other, margin in images]
        for images in (moved, perhaps_moved)
    )
    halves = [(int(names[person]), rows[inside], cosine) for person, inside, cosine in two]
    return Misnamed(people_found, halves, images_found, people_suspected, images_suspected, too_few)


def _unit(vectors: np.ndarray) -> np.ndarray:
    unit: np.ndarray = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
    return unit


def _sums(unit: np.ndarray, owners: np.ndarray, people: int) -> np.ndarray:
    sums = np.zeros((people, unit.shape[1]))
    np.add.at(sums, owners, unit)
    return sums


def _thresholds(values: np.ndarray) -> tuple[float, float] | None:
    """The values that chance reaches in one question of a check as often as it may: to accuse, and to suspect.

    None where they are too few. values : those of chance, and a few that are none.
    """
    count = min(TAIL, max(LEAST, int(TAIL_SHARE * len(values))))
    if len(values) < 2 * count:
        return None
    alpha = ALPHA / QUESTIONS
    made, _ = fit_tail(np.sort(values.astype(np.float64))[::-1][: 2 * count], len(values), count, alpha)
    return made.threshold(len(values), alpha), made.threshold(len(values), SUSPECTED)


def _one_person(templates: np.ndarray, people: np.ndarray, too_few: list[str]) -> tuple[Pairs, Pairs]:
    """Pairs of two people of the folder, or one of them and a stranger: the accused, and the suspected."""
    first = int(people.sum())  # names are in order, so that those of the folder come first
    alike = templates[:first] @ templates.T
    cosines = alike[np.arange(len(templates)) > np.arange(first)[:, None]]
    if int(TAIL_SHARE * len(cosines)) < LEAST:
        too_few.append(f"whether two folders are one person: too few people ({first}) to say what chance does")
        return [], []
    thresholds = _thresholds(_closeness(cosines))
    assert thresholds is not None
    closeness = _closeness(alike)
    accused = closeness >= thresholds[0]
    found: list[Pairs] = []
    for chosen in (accused, ~accused & (closeness >= thresholds[1])):
        i, j = np.nonzero(chosen)
        found.append([(a, b, float(alike[a, b])) for a, b in zip(i.tolist(), j.tolist(), strict=True) if a < b])
    return found[0], found[1]


def _closeness(cosines: np.ndarray) -> np.ndarray:
    """What has an exponential tail, of cosines; 0 for a right angle and all wider ones."""
    close: np.ndarray = -np.log(np.maximum(1 - np.maximum(cosines, 0) ** 2, 1e-12))
    return close


def _two_people(
    unit: np.ndarray, groups: Sequence[np.ndarray], far: float, too_few: list[str]
) -> list[tuple[int, np.ndarray, float]]:
    """People whose images fall into two, and the images of the smaller half."""
    split = {person: _split(unit[rows]) for person, rows in enumerate(groups) if len(rows) >= 2 * HALF}
    thresholds = _thresholds(np.array([inside - between for _, inside, between in split.values()]))
    if thresholds is None:
        too_few.append(
            f"whether a folder is two people: {len(split)} with {2 * HALF} images or more are too few, "
            f"{2 * LEAST} are needed"
        )
        return []
    return [
        (person, groups[person][side], between)
        for person, (side, inside, between) in split.items()
        if inside - between >= thresholds[0] and between <= far
    ]


def _split(unit: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Cut a person's images in two along the direction in which they differ most, where the halves are least alike.

    Returns the images of the smaller half, the mean cosine of an image to the others of its half, and that of both
    halves to each other. Of 57 folders of LFW and one of two people the difference tells the latter from all others 99
    times of 100, by chance as seldom as a check allows; the cosine of the halves alone 95 times.
    """
    _, _, axes = np.linalg.svd(unit - unit.mean(axis=0), full_matrices=False)
    order = np.argsort(unit @ axes[0], kind="stable")
    below = np.cumsum(unit[order], axis=0)
    first, second = _unit(below[:-1]), _unit(below[-1] - below[:-1])
    cosines = np.einsum("nd,nd->n", first, second)[HALF - 1 : len(unit) - HALF]
    cut = HALF + int(cosines.argmin())
    halves = order[:cut], order[cut:]
    inside = np.concatenate([_to_the_others(unit[half]) for half in halves]).mean()
    return np.sort(min(halves, key=len)), float(inside), float(cosines.min())


def _misplaced(
    unit: np.ndarray,
    groups: Sequence[np.ndarray],
    asked: Sequence[int],
    templates: np.ndarray,
    same: set[tuple[int, int]],
    too_few: list[str],
) -> tuple[Pairs, Pairs]:
    """Images of people, of ``asked``, that look like another's: the image, whom it looks like, and by how much more.

    Those that are accused, and those that are suspected.
    """
    others = {
        person: [other for other in range(len(groups)) if other != person and (person, other) not in same]
        for person in asked
        if len(groups[person]) >= 2
    }
    alike = {person: unit[groups[person]] @ templates[of].T for person, of in others.items() if of}
    cohort = {person: np.sort(cosines, axis=1)[:, -COHORT:].mean(axis=1) for person, cosines in alike.items()}
    own = {person: _to_the_others(unit[groups[person]]) for person in alike}
    unlike = _thresholds(np.concatenate([np.zeros(0), *(cohort[person] - own[person] for person in alike)]))
    if unlike is None:
        count = sum(map(len, own.values()))
        too_few.append(f"whether an image is in a wrong folder: {count} images are too few, {2 * LEAST} are needed")
        return [], []
    close = _thresholds(_closeness(np.concatenate([cosines.ravel() for cosines in alike.values()])))
    assert close is not None  # there are as many at least
    like_own = float(np.quantile(np.concatenate(list(own.values())), OWN_SHARE))
    found: tuple[Pairs, Pairs] = [], []
    for person, cosines in alike.items():
        best = cosines.max(axis=1)
        left = np.ones(len(best), bool)
        for told, unlike_own, like_another in zip(found, unlike, close, strict=True):
            while left.sum() >= 2:
                to_own = np.full(len(best), np.inf)  # of those that are left, to each other
                to_own[left] = _to_the_others(unit[groups[person][left]])
                accused = (cohort[person] - to_own >= unlike_own) | (_closeness(best) >= like_another)
                margin = np.where(accused & left, best - to_own, -np.inf)
                worst = int(margin.argmax())
                if margin[worst] < 0:
                    break
                left[worst] = False
                other = others[person][int(cosines[worst].argmax())] if best[worst] >= like_own else -1
                told.append((int(groups[person][worst]), other, float(margin[worst])))
    return found


def _to_the_others(unit: np.ndarray) -> np.ndarray:
    """The cosine of each image of a person to the mean of all the others."""
    rest: np.ndarray = _unit(unit.sum(axis=0) - unit)
    return np.einsum("nd,nd->n", rest, unit)


def find_misnamed(
    dataset: Dataset, known: int, vectors: np.ndarray, used: np.ndarray
) -> tuple[list[Finding], tuple[str, ...]]:
    """Say who is under a wrong name, and what could not be looked for; used : (N,) bool, the images that are asked."""
    assert dataset.labels is not None
    names, people = dataset.images.names, dataset.people
    labels = dataset.labels.copy()
    unnamed = np.flatnonzero(labels < 0)
    labels[unnamed] = len(people) + np.arange(len(unnamed))  # each for himself
    labels[~used] = -1
    found = misnamed(vectors, labels, known)
    findings: list[Finding] = []

    def add(kind: Kind, people: tuple[str, ...], rows: Sequence[int], words: str, measure: float) -> None:
        severity: Severity = "note" if kind == "suspected" else "fault"
        findings.append(Finding(kind, severity, people, tuple(names[row] for row in rows), words, measure))

    for first, second, cosine in found.one_person:
        pair = _most_alike(vectors, labels, first, second)
        if second < known:
            words = f"look like one person (cosine {cosine:.2f}): put their images into one folder, or look who is who"
            add("one_person", (people[first], people[second]), pair, words, cosine)
        else:
            words = (
                f"looks like {people[first]} (cosine {cosine:.2f}), who is no stranger: remove it from the strangers"
            )
            add("known_stranger", (people[first], *people[second : second + 1]), pair[::-1], words, cosine)
    for person, rows, cosine in found.two_people:
        words = f"looks like two people (cosine {cosine:.2f}), of whom these images show one: give each a folder"
        add("two_people", (people[person],), rows.tolist(), words, cosine)
    for row, other, margin in found.misplaced:
        own, of_own = people[labels[row]], np.flatnonzero(labels == labels[row]).tolist()
        if other >= 0:
            words = f"looks like {people[other]} (cosine {margin:.2f} above that to {own}): move it, if it is"
            add("misplaced", (own, people[other]), [row], words, margin)
        elif len(of_own) == 2:
            words = f"two images that look like two people (cosine {margin:.2f} below that to others): look at them"
            add("two_people", (own,), of_own, words, margin)
        else:
            words = f"does not look like the others of {own}, nor like anybody else here: remove it, if it is another's"
            add("misplaced", (own,), [row], words, margin)
    for first, second, cosine in found.suspected_people:
        pair = _most_alike(vectors, labels, first, second)
        who = "may be one person" if second < known else f"may be {people[first]}, who is no stranger"
        words = f"{who} (cosine {cosine:.2f}), or two who look alike: see for yourself"
        add("suspected", (people[first], *people[second : second + 1]), pair, words, cosine)
    for row, other, margin in found.suspected_images:
        own = people[labels[row]]
        whom = f"; it looks like {people[other]}" if other >= 0 else ""
        words = f"may show somebody else than {own}{whom} (cosine {margin:.2f} above that to {own}): see for yourself"
        add("suspected", (own, people[other]) if other >= 0 else (own,), [row], words, margin)
    return findings, tuple(found.too_few)


def _most_alike(vectors: np.ndarray, labels: np.ndarray, first: int, second: int) -> tuple[int, int]:
    i, j = np.flatnonzero(labels == first), np.flatnonzero(labels == second)
    best = int((_unit(vectors[i]) @ _unit(vectors[j]).T).argmax())
    return int(i[best // len(j)]), int(j[best % len(j)])
