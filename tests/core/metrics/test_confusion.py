"""Confusions against slow loops, and examples worked by hand."""

import numpy as np
import pytest

from eigen2arc.core.metrics.confusion import NOBODY, confusions, matrix, most_confused, person_rates
from eigen2arc.core.metrics.intervals import wilson


def drawn(seed: int, probes: int = 300, people: int = 9) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, people, probes), rng.integers(NOBODY, people, probes)


@pytest.mark.parametrize("seed", range(3))
def test_counts_by_a_slow_loop(seed: int) -> None:
    person, named = drawn(seed)
    found = confusions(person, named)
    slow: dict[tuple[int, int], int] = {}
    for pair in zip(person.tolist(), named.tolist(), strict=True):
        slow[pair] = slow.get(pair, 0) + 1
    columns = (found.person.tolist(), found.named.tolist(), found.probes.tolist())
    assert {(a, b): n for a, b, n in zip(*columns, strict=True)} == slow
    assert found.probes.sum() == len(person)
    chosen = np.array([7, 2, 5])
    expected = [
        [
            *(int(np.sum((person == row) & (named == column))) for column in chosen),
            int(np.sum((person == row) & (named != NOBODY) & ~np.isin(named, chosen))),
            int(np.sum((person == row) & (named == NOBODY))),
        ]
        for row in chosen
    ]
    assert matrix(found, chosen).tolist() == expected


def test_those_who_are_confused_most_come_first_and_together() -> None:
    pairs = [(5, 1)] * 3 + [(1, 5)] * 2 + [(2, 3)] * 4 + [(4, 1)] + [(6, NOBODY)] * 9 + [(7, 7)] * 9
    found = confusions(*np.array(pairs).T)
    assert most_confused(found, 10).tolist() == [1, 5, 2, 3, 4]  # 5 of 1 and 5, 4 of 2 and 3, 1 of 1 and 4
    assert most_confused(found, 3).tolist() == [1, 5, 4]  # 2 and 3 would be four people
    assert matrix(found, np.array([1, 5])).tolist() == [[0, 2, 0, 0], [3, 0, 0, 0]]
    nobody = confusions(np.array([1, 2]), np.array([1, NOBODY]))
    assert most_confused(nobody, 20).tolist() == [] and matrix(nobody, np.array([], np.int64)).shape == (0, 2)


@pytest.mark.parametrize("seed", range(3))
def test_rates_by_a_slow_loop(seed: int) -> None:
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 40, 200)
    person, right = image % 7, rng.random(200) < 0.3 + 0.1 * (image % 7)
    found = person_rates(person, image, right)
    assert sorted(found.person.tolist()) == list(range(7)) and found.share.tolist() == sorted(found.share.tolist())
    columns = (found.person, found.images, found.probes, found.share, found.low, found.high, found.below)
    for who, images, probes, share, low, high, below in zip(*columns, strict=True):
        own = person == who
        assert (images, probes) == (len(set(image[own].tolist())), own.sum())
        assert share == pytest.approx(right[own].mean())
        assert (low, high) == pytest.approx(wilson(share * images, images))
        assert below == (wilson(share * images, images, level=1 - 0.05 / 7)[1] < right.mean())


def test_a_person_far_below_all_others_stands_out_and_the_worst_by_chance_does_not() -> None:
    person = np.repeat(np.arange(10), 20)
    image, right = np.arange(200), np.ones(200, bool)
    right[:20] = False
    right[20:26] = False
    found = person_rates(person, image, right)
    assert found.person[:2].tolist() == [0, 1] and found.below.tolist() == [True] + [False] * 9


def test_probes_of_one_image_count_once_for_the_interval() -> None:
    once = person_rates(np.zeros(4, int), np.arange(4), np.array([1, 1, 0, 1], bool))
    often = person_rates(np.zeros(40, int), np.arange(40) % 4, np.tile(np.array([1, 1, 0, 1], bool), 10))
    assert (once.low, once.high) == (often.low, often.high) and (once.probes[0], often.probes[0]) == (4, 40)
