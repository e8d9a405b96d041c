"""People in two sets by their vectors: planted ones are found, chance accuses nobody more often than it says."""

import numpy as np
import pytest

from eigen2arc.core.overlap import same_people as module
from eigen2arc.core.overlap.same_people import ALPHA, LEAST, People, people, same_people, tail


def drawn(
    rng: np.random.Generator, count: int, size: int = 64, images: int = 2, noise: float = 0.3
) -> tuple[np.ndarray, ...]:
    """Vectors of people, ``images`` of each about a direction of their own, and labels."""
    own = rng.normal(0, 1, (count, size))
    labels = np.repeat(np.arange(count), images)
    return (own[labels] + rng.normal(0, noise, (count * images, size))).astype(np.float32), labels


def test_templates_are_means_of_unit_vectors(rng: np.random.Generator) -> None:
    vectors, labels = drawn(rng, 7, images=3)
    vectors[4], labels[10] = 0, -1  # no face, and nobody
    made = people(vectors, labels)
    for row, label in enumerate(made.labels):
        own = [v / np.linalg.norm(v) for v, one in zip(vectors, labels, strict=True) if one == label and v.any()]
        assert made.images[row] == len(own)
        mean = np.mean(own, axis=0)
        assert np.allclose(made.templates[row], mean / np.linalg.norm(mean), atol=1e-6)
    assert made.labels.tolist() == list(range(7)) and len(made.halves) == 7


def test_halves_are_of_one_person(rng: np.random.Generator) -> None:
    vectors, labels = drawn(rng, 5, images=2)
    a, b = vectors[::2], vectors[1::2]
    cosines = (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    assert np.allclose(people(vectors, labels).halves, cosines, atol=1e-6)


def test_the_tail_is_read_from_the_highest_of_all_pairs(rng: np.random.Generator) -> None:
    made = people(*drawn(rng, 60))
    cosines = sorted((float(a @ b) for i, a in enumerate(made.templates) for b in made.templates[:i]), reverse=True)
    count = len(cosines) // 20
    found = tail(made)
    assert found is not None and found.doubles == [] and (found.pairs, found.above) == (len(cosines), count)
    excess = np.array(cosines[: count - 1]) - cosines[count - 1]
    assert found.start == pytest.approx(cosines[count - 1], abs=1e-6)
    assert found.scale == pytest.approx(np.median(excess) / np.log(2), rel=1e-4)
    assert found.expected(found.threshold(500), 500) == pytest.approx(ALPHA)
    assert found.expected(found.start, found.pairs) == pytest.approx(count)


def test_one_person_under_two_names_is_set_aside(rng: np.random.Generator) -> None:
    vectors, labels = drawn(rng, 60, images=4)
    clean = tail(people(vectors, labels))
    twice = labels.copy()
    twice[[0, 1, 40, 41]] = [60, 60, 61, 61]  # persons 0 and 10 have a second name
    found = tail(people(vectors, twice))
    assert clean is not None and found is not None
    assert sorted((one.first, one.second) for one in found.doubles) == [(0, 60), (10, 61)]
    assert all(one.expected <= ALPHA for one in found.doubles)
    assert found.threshold(1000) == pytest.approx(clean.threshold(1000), abs=0.05)


def test_those_in_both_are_found_and_nobody_else(rng: np.random.Generator) -> None:
    vectors, labels = drawn(rng, 120, images=6)
    in_test = (labels >= 60) | ((labels < 10) & (np.arange(len(labels)) % 2 == 0))
    renamed = np.where(labels < 10, labels + 200, labels)
    found = same_people(people(vectors[~in_test], labels[~in_test]), people(vectors[in_test], renamed[in_test]))
    assert found is not None and found.detectable == 1 and found.threshold < 1
    assert sorted((one.first, one.second) for one in found.found) == [(n, n + 200) for n in range(10)]
    assert [one.similarity for one in found.found] == sorted((one.similarity for one in found.found), reverse=True)


@pytest.mark.slow
def test_chance_accuses_as_seldom_as_it_says(rng: np.random.Generator) -> None:
    """Of 200 comparisons of strangers about one in twenty, or fewer, may accuse somebody."""
    wrong = 0
    for _ in range(200):
        found = same_people(people(*drawn(rng, 60, 128)), people(*drawn(rng, 60, 128)))
        wrong += found is not None and bool(found.found)
    assert wrong <= 20


def test_an_encoder_that_tells_nobody_apart_finds_nobody_and_says_so(rng: np.random.Generator) -> None:
    sides = [people(*drawn(rng, 60, size=4, noise=2)) for _ in range(2)]
    found = same_people(*sides)
    assert found is not None and not found.found and (found.detectable or 0) < 0.2


def test_too_few_people(rng: np.random.Generator) -> None:
    few = people(*drawn(rng, 10))
    enough = people(*drawn(rng, 29))
    assert 29 * 28 // 2 * module.TAIL_SHARE >= LEAST
    assert tail(few) is None and tail(enough) is not None
    assert same_people(few, few) is None
    one_tail = same_people(few, enough)
    assert one_tail is not None and one_tail.tails[0] is None
    nobody = people(np.zeros((3, 8), np.float32), np.arange(3))
    assert len(nobody.labels) == 0 and same_people(enough, nobody) is None


def test_blocks_change_nothing(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    sides: list[People] = [people(*drawn(rng, 60)), people(*drawn(rng, 40))]
    whole = same_people(*sides)
    monkeypatch.setattr(module, "BLOCK", 7)
    in_blocks = same_people(*sides)
    assert whole is not None and in_blocks is not None
    assert whole.threshold == pytest.approx(in_blocks.threshold, abs=1e-6)
