"""Pairs that share a person or an image: sums by a slow loop, the variance on people who are drawn again and again."""

import numpy as np
import pytest

from eigen2arc.core.metrics.people_bootstrap import share_of_pairs
from eigen2arc.core.metrics.shared_people import (
    Impostors,
    Shared,
    correlations,
    gaussian_covariances,
    planned_counts,
    share_variance,
    share_variance_of,
)

#: What two pairs share, images and people, by name.
CLASSES = {(2, 2): "all", (1, 2): "image", (0, 2): "people", (1, 1): "hub", (0, 1): "person", (0, 0): "apart"}

#: Images, two of them of strangers whose names are not known.
PERSON = np.array([-1, -1, 0, 0, 1, 1, 1, 2, 3, 3])


def slow_sums(person: np.ndarray, value: np.ndarray) -> dict[str, float]:
    own = [person[i] if person[i] >= 0 else -1 - i for i in range(len(person))]
    pairs = [
        (i, j)
        for i in range(len(person))
        for j in range(i + 1, len(person))
        if own[i] != own[j] and not (person[i] < 0 and person[j] < 0)
    ]
    sums = dict.fromkeys(CLASSES.values(), 0.0)
    for a in pairs:
        for b in pairs:
            people = {own[i] for i in a} & {own[i] for i in b}
            sums[CLASSES[len(set(a) & set(b)), len(people)]] += value[a] * value[b]
    return sums


def test_sums_are_those_of_a_loop_over_all_pairs_of_pairs(rng: np.random.Generator) -> None:
    impostors = Impostors(PERSON)
    value = rng.normal(size=(10, 10))
    value += value.T
    expected, counted = slow_sums(PERSON, value), slow_sums(PERSON, np.ones((10, 10)))
    sums, apart = impostors.sums(value)
    assert sums._asdict() | {"apart": apart} == pytest.approx(expected)
    assert impostors.counts._asdict() | {"apart": impostors.apart} == pytest.approx(counted)
    assert (impostors.pairs, impostors.known) == (int(counted["all"]), 4)


def test_a_plan_counts_what_such_a_folder_has() -> None:
    impostors = Impostors(np.repeat(np.arange(6), 4))
    assert planned_counts(6, 4) == (impostors.counts, impostors.pairs)
    with pytest.raises(ValueError, match="in the order of their people"):
        Impostors(np.array([1, 0]))


def draw_scores(people: int, images: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Scores whose correlations are known: 0.5 of a common image, 0.2 of a common person, 0.3 more of both people."""
    person = np.repeat(np.arange(people), images)
    of_person = rng.normal(0, 0.2**0.5, people)[person] + rng.normal(0, 0.15**0.5, len(person))
    of_two = np.triu(rng.normal(0, 0.3**0.5, (people, people)), 1)
    return of_person[:, None] + of_person + (of_two + of_two.T)[np.ix_(person, person)], person


def test_correlations_are_those_that_the_scores_were_drawn_with(rng: np.random.Generator) -> None:
    found = np.array([correlations(Impostors(p), s) for s, p in (draw_scores(40, 3, rng) for _ in range(20))])
    assert found.mean(axis=0) == pytest.approx([1, 0.85, 0.7, 0.35, 0.2], abs=0.04)


def test_variances_are_those_of_drawing_other_people(rng: np.random.Generator) -> None:
    threshold, shares, by_decisions, gaussian = 1.0, [], [], []
    for _ in range(300):
        score, person = draw_scores(15, 2, rng)
        impostors = Impostors(person)
        accepted = score >= threshold
        shares.append(accepted[impostors.upper].mean())
        by_decisions.append(share_variance(impostors, accepted))
        covariances = gaussian_covariances(Shared(1, 0.85, 0.7, 0.35, 0.2), 0.158655)
        gaussian.append(share_variance_of(impostors.counts, covariances, impostors.pairs))
    assert np.mean(by_decisions) == pytest.approx(np.var(shares), rel=0.25)
    assert gaussian[0] == pytest.approx(np.var(shares), rel=0.25)


def test_covariances_of_decisions_are_those_of_two_gaussian_scores(rng: np.random.Generator) -> None:
    fmr, rho = 0.1, 0.6
    a = rng.normal(size=400_000)
    b = rho * a + (1 - rho * rho) ** 0.5 * rng.normal(size=len(a))
    both = float(np.mean((a > 1.281552) & (b > 1.281552)))
    found = gaussian_covariances(Shared(1, 0, rho, 1, 0.2), fmr)
    assert found.people == pytest.approx(both - fmr * fmr, abs=6e-4)
    assert (found.all, found.image) == (pytest.approx(0.09), pytest.approx(0, abs=1e-12))
    assert found.hub == pytest.approx(0.09, abs=1e-4)


def test_few_people_give_no_variance_and_no_error() -> None:
    two = Impostors(np.array([0, 0, 1]))
    assert share_variance(two, np.ones((3, 3), bool)) == 0
    assert correlations(two, np.zeros((3, 3))).hub == 0


def test_the_variance_is_that_of_drawing_people_again(rng: np.random.Generator) -> None:
    ratios = []
    for _ in range(6):
        score, person = draw_scores(40, 1, rng)
        impostors = Impostors(person)
        accepted = score >= 1.0
        first, second = np.nonzero(impostors.upper)
        draws = share_of_pairs(accepted[impostors.upper], first, second, rounds=400)
        ratios.append(share_variance(impostors, accepted) ** 0.5 / draws.std)
    assert np.mean(ratios) == pytest.approx(1, abs=0.06)
