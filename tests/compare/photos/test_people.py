"""Who is under a wrong name, by vectors: planted ones are found, and chance accuses hardly anybody."""

import numpy as np
import pytest

from eigen2arc.compare.photos import people as module
from eigen2arc.compare.photos.people import find_misnamed, misnamed
from eigen2arc.core.types import Dataset
from eigen2arc.datasets.images.lazy import ArrayImages

PEOPLE, IMAGES, STRANGERS = 60, 6, 40


def drawn(rng: np.random.Generator, noise: float = 0.5, size: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of people about a direction of their own, all far from 0, and of strangers with one image each."""
    labels = np.concatenate([np.arange(PEOPLE).repeat(IMAGES), 1000 + np.arange(STRANGERS)])
    own = rng.normal(0, 1, (PEOPLE + STRANGERS, size))
    number = np.unique(labels, return_inverse=True)[1]
    return (5 + own[number] + rng.normal(0, noise, (len(labels), size))).astype(np.float32), labels


def test_nobody_is_accused_where_nothing_is_wrong(rng: np.random.Generator) -> None:
    for _ in range(5):
        found = misnamed(*drawn(rng), PEOPLE)
        assert found[:3] == ([], [], []) and found.too_few == []


def test_planted_ones_are_found_and_nobody_else(rng: np.random.Generator) -> None:
    vectors, labels = drawn(rng)
    at = {person: np.flatnonzero(labels == person) for person in range(PEOPLE)}
    labels[at[0][:3]] = PEOPLE  # one person in two folders
    labels[at[2]] = 1  # two people in one
    labels[at[3][0]] = 4  # an image in another's folder
    vectors[at[5][0]] = vectors[labels == 1000]  # one of somebody who is nowhere
    labels[labels == 1000] = -1
    labels[at[6][0]] = 2000  # one of the people among the strangers
    found = misnamed(vectors, labels, PEOPLE + 1)
    assert [(a, b) for a, b, _ in found.one_person] == [(0, PEOPLE), (6, 2000)]
    assert [person for person, _, _ in found.two_people] == [1]
    half = set(found.two_people[0][1].tolist())
    assert half in ({*at[1].tolist()}, {*at[2].tolist()})
    assert sorted((image, other) for image, other, _ in found.misplaced) == [(at[3][0], 3), (at[5][0], -1)]
    assert found.too_few == []


def test_the_margin_is_what_a_slow_loop_says(rng: np.random.Generator) -> None:
    vectors, labels = drawn(rng)
    moved = np.flatnonzero(labels == 3)[0]
    labels[moved] = 4
    ((image, other, margin),) = misnamed(vectors, labels, PEOPLE).misplaced

    def unit(vector: np.ndarray) -> np.ndarray:
        return vector / np.linalg.norm(vector)

    by_person = {
        p: [unit(v.astype(float)) for v, one in zip(vectors, labels, strict=True) if one == p] for p in {*labels}
    }
    mean = np.mean([np.mean(own, axis=0) for own in by_person.values()], axis=0)
    template = {p: unit(sum(unit(v - mean) for v in own)) for p, own in by_person.items()}
    own = unit(vectors[moved].astype(float))
    rest = [unit(v - mean) for v in by_person[4] if not np.allclose(v, own)]
    expected = template[3] @ unit(own - mean) - unit(sum(rest)) @ unit(own - mean)
    assert (image, other) == (moved, 3) and margin == pytest.approx(expected, abs=1e-5)


@pytest.mark.slow
def test_chance_accuses_as_seldom_as_it_says(rng: np.random.Generator) -> None:
    """Of 200 checks of folders without a fault about ten, or fewer, may accuse somebody."""
    wrong = sum(any(misnamed(*drawn(rng, noise), PEOPLE)[:3]) for noise in (0.5, 1.0) for _ in range(100))
    assert wrong <= 20


def test_chance_suspects_as_often_as_it_says(rng: np.random.Generator) -> None:
    """Once in a folder, of pairs and of images each; whoever is accused is not suspected, too."""
    pairs, images = [], []
    for noise in (0.5, 0.7, 1.0) * 8:
        found = misnamed(*drawn(rng, noise), PEOPLE)
        pairs.append(len(found.suspected_people))
        images.append(len(found.suspected_images))
        assert not {*found.suspected_people} & {*found.one_person}
        assert not {row[0] for row in found.suspected_images} & {row[0] for row in found.misplaced}
    assert 0 < np.mean(pairs) < 2 and np.mean(images) < 2


def test_who_is_not_beyond_chance_is_suspected(rng: np.random.Generator) -> None:
    """Two folders of one person, whose images are so noisy that chance does the like now and then."""
    found = []
    for _ in range(10):
        vectors, labels = drawn(rng, noise=1.5, size=24)
        labels[np.flatnonzero(labels == 0)[:3]] = PEOPLE
        made = misnamed(vectors, labels, PEOPLE + 1)
        told = [[(a, b) for a, b, _ in pairs] for pairs in (made.one_person, made.suspected_people)]
        found.append(((0, PEOPLE) in told[0], (0, PEOPLE) in told[1]))
    _, suspected = np.sum(found, axis=0)
    assert suspected > 0


def test_too_few_people_are_not_accused_and_it_is_said(rng: np.random.Generator) -> None:
    vectors, labels = drawn(rng)
    few = labels < 5
    found = misnamed(vectors[few], labels[few], 5)
    assert found[:3] == ([], [], []) and len(found.too_few) == 3
    assert "too few people (5)" in found.too_few[0] and "40 are needed" in found.too_few[1]
    assert misnamed(vectors[:0], labels[:0], 0) == ([], [], [], [], [], [])
    assert len(misnamed(vectors[:1], labels[:1], 1).too_few) == 3


def test_findings_name_people_and_images(rng: np.random.Generator) -> None:
    vectors, labels = drawn(rng)
    at = {person: np.flatnonzero(labels == person) for person in range(PEOPLE)}
    labels[at[3][0]] = 4
    labels[at[0][:3]] = PEOPLE
    labels[labels >= 1000] = -1
    pixels = [np.zeros((2, 2, 3), np.uint8)] * len(labels)
    people = tuple(f"person {n}" for n in range(PEOPLE + 1))
    dataset = Dataset("x", ArrayImages(pixels, tuple(map(str, range(len(labels))))), people, labels)
    findings, too_few = find_misnamed(dataset, PEOPLE + 1, vectors, np.ones(len(labels), bool))
    assert [(one.kind, one.people) for one in findings if one.severity == "fault"] == [
        ("one_person", ("person 0", f"person {PEOPLE}")),
        ("misplaced", ("person 4", "person 3")),
    ]
    assert {one.kind for one in findings if one.severity == "note"} <= {"suspected"}
    assert findings[1].images == (str(at[3][0]),) and "looks like person 3" in findings[1].words and not too_few
    first, second = (int(name) for name in findings[0].images)
    assert labels[first] == 0 and labels[second] == PEOPLE
    unused = np.arange(len(labels)) != at[3][0]
    findings, _ = find_misnamed(dataset, PEOPLE + 1, vectors, unused)
    assert [one.kind for one in findings if one.severity == "fault"] == ["one_person"]


def test_questions_share_what_chance_may_do() -> None:
    words = module.__doc__ or ""
    assert words.count("\n* ") == module.QUESTIONS
