"""The recommended threshold: by slow loops, on people who were not used for it, and with too few people."""

import numpy as np
import pytest
from scipy.special import ndtr

from eigen2arc.core.metrics.recommended_threshold import (
    FACTOR,
    false_matches_needed,
    people_for,
    planned_rate,
    recommend,
    threshold_of,
)
from eigen2arc.core.metrics.shared_people import Shared


def draw_scores(people: int, images: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Gaussian scores of variance 1 for impostor pairs: 0.2 of each person, 0.1 of each image, 0.4 of two people."""
    person = np.repeat(np.arange(people), images)
    alone = rng.normal(0, 0.2**0.5, people)[person] + rng.normal(0, 0.1**0.5, len(person))
    of_two = np.triu(rng.normal(0, 0.4**0.5, (people, people)), 1)
    same = person[:, None] == person
    score = alone[:, None] + alone + (of_two + of_two.T)[np.ix_(person, person)] + 3.0 * same
    return score.astype(np.float32), person


def test_the_threshold_and_its_rates_are_those_of_slow_loops(rng: np.random.Generator) -> None:
    score, person = draw_scores(12, 4, rng)
    made = recommend(score, person, 0.05)
    pairs = [(i, j) for i in range(len(person)) for j in range(i)]
    impostor = sorted(float(score[i, j]) for i, j in pairs if person[i] != person[j])
    genuine = [float(score[i, j]) for i, j in pairs if person[i] == person[j]]
    assert made.pairs == len(impostor) and made.people == 12
    accepted = sum(one >= made.threshold for one in impostor)
    assert accepted == int(0.05 * len(impostor)) and made.fmr.value == accepted / len(impostor)
    assert impostor[-accepted - 1] < made.threshold <= impostor[-accepted]
    refused = sum(one < made.threshold for one in genuine)
    assert made.fnmr is not None and made.fnmr.value == pytest.approx(refused / len(genuine))
    assert made.fmr.low < 0.05 < made.fmr.high and made.low < made.threshold < made.high
    # The threshold's interval ends where the rate of these pairs is at an end of the rate's interval.
    shares = [np.mean(np.array(impostor) >= end) for end in (made.low, made.high)]
    assert shares == pytest.approx([made.fmr.high, made.fmr.low], abs=1 / len(impostor))


def test_strangers_of_whom_nobody_knows_who_they_are_are_compared_with_people_only(rng: np.random.Generator) -> None:
    score, person = draw_scores(6, 3, rng)
    strangers = np.array([-1, -1, *person])
    more = np.full((20, 20), -5.0, np.float32)
    more[2:, 2:] = score
    more[0, 1] = more[1, 0] = 99.0  # they may be one person
    more[0, 2] = more[2, 0] = 98.0
    made = recommend(more, strangers, 0.05)
    assert made.pairs == 15 * 9 + 2 * 18 and made.people == 6
    assert made.fmr.value == int(0.05 * made.pairs) / made.pairs and made.threshold < 98
    fewer = recommend(score, person, 0.05, tested=person == 0)
    assert fewer.fnmr is not None and fewer.fnmr.value in (0, 1 / 3, 2 / 3, 1)


@pytest.mark.parametrize(("people", "least"), [(12, 0.9), (25, 0.9)])
def test_the_rate_on_other_people_lies_in_its_interval(people: int, least: float, rng: np.random.Generator) -> None:
    inside = 0
    for _ in range(40):
        made = recommend(*draw_scores(people, 3, rng), 0.02)
        inside += made.fmr.low <= 1 - ndtr(made.threshold) <= made.fmr.high
    assert inside / 40 >= least


def test_too_few_people_are_told_for_what_they_are_enough(rng: np.random.Generator) -> None:
    few = recommend(*draw_scores(10, 3, rng), 0.01)
    assert not few.promised and few.needed is not None and few.needed > 10
    assert few.lowest is None or few.lowest > 0.01
    many = recommend(*draw_scores(90, 3, rng), 0.05)
    assert many.promised and many.lowest == 0.05 and many.fmr.high <= 0.05 * FACTOR
    # 27 pairs cannot say anything of one in a thousand; two images cannot even be a pair of one person.
    none = recommend(*draw_scores(3, 3, rng), 1e-3)
    assert (none.fmr.value, none.fmr.low, none.fmr.high) == (0, 0, 1) and not none.promised
    pair = recommend(np.zeros((2, 2), np.float32), np.array([0, 1]), 0.5)
    assert pair.fnmr is None and pair.pairs == 1 and pair.lowest is None and pair.needed is None


def test_a_plan_keeps_its_promise() -> None:
    correlation = Shared(1.0, 0.7, 0.5, 0.1, 0.05)
    for fmr in (0.1, 0.01, 0.001):
        people = people_for(correlation, fmr, 5)
        assert people is not None
        assert planned_rate(correlation, fmr, people, 5).high <= FACTOR * fmr
        assert planned_rate(correlation, fmr, people // 2, 5).high > FACTOR * fmr
        more = people_for(correlation, fmr, 5, excess=2.0)
        assert more is not None and more > people
    assert people_for(Shared(1, 1, 1, 1, 1), 0.01, 5) == people_for(Shared(1, 1, 1, 1, 1), 0.01, 1)
    # By Wilson's formula, with so many false matches among independent trials the interval ends at FACTOR times.
    trials = false_matches_needed(10**9) / 0.01
    centre, z2 = 0.01 + 3.8415 / 2 / trials, 3.8415
    half = (z2 * (0.01 * 0.99 / trials + z2 / 4 / trials**2)) ** 0.5
    assert (centre + half) / (1 + z2 / trials) == pytest.approx(0.02, rel=0.01)


def test_thresholds_lie_between_two_scores() -> None:
    falling = np.array([9.0, 8.0, 8.0, 5.0, 1.0])
    assert [threshold_of(falling, rate) for rate in (0.2, 0.4, 0.6, 0.8)] == [8.5, 8.5, 6.5, 3.0]
    assert threshold_of(falling, 0.1) > 9 and threshold_of(falling, 1.0) == 1
