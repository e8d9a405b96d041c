"""What every identifier promises."""

from functools import cache
from typing import Any

import numpy as np
import pytest

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.stages import Identifier

IDENTIFIERS = plugins.plugins("identifier")
PEOPLE, EACH, DIMENSIONS = 5, 6, 8

#: Not in order, and with holes: the columns follow the labels' order, not that of their coming.
LABELS = np.array([70, -3, 12, 4, 900])


#: Less of what takes long, and is enough for a few people.
SETTINGS: dict[str, dict[str, Any]] = {"random_forest": {"trees": 50}}


def built(name: str) -> Any:
    return plugins.build("identifier", name, **SETTINGS.get(name, {}))


@pytest.fixture(params=list(IDENTIFIERS))
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def blobs(seed: int, apart: float = 30.0) -> tuple[np.ndarray, np.ndarray]:
    """People as Gaussians of variance 1 whose means are ``apart`` times as far from one another, in mixed order."""
    rng = np.random.default_rng(seed)
    means = apart * np.linalg.qr(np.random.default_rng(0).normal(size=(DIMENSIONS, PEOPLE)))[0].T
    person = rng.permutation(np.repeat(np.arange(PEOPLE), EACH))
    return (means[person] + rng.normal(size=(len(person), DIMENSIONS))).astype(np.float32), LABELS[person]


@cache
def fitted(name: str) -> Identifier:
    return built(name).fit(*blobs(1))


def test_has_the_methods(name: str) -> None:
    assert isinstance(built(name), Identifier)


def test_people_far_apart_are_told_apart(name: str) -> None:
    vectors, labels = blobs(2)
    score = fitted(name).score(vectors)
    np.testing.assert_array_equal(np.unique(LABELS)[score.argmax(axis=1)], labels)


def test_shapes_dtype_and_the_order_of_columns(name: str) -> None:
    vectors, _ = blobs(2)
    np.testing.assert_array_equal(fitted(name).people_, np.unique(LABELS))
    for rows in (30, 1, 0):
        score = fitted(name).score(vectors[:rows])
        assert score.shape == (rows, PEOPLE) and score.dtype == np.float32 and np.isfinite(score).all()


def test_people_who_overlap_are_mostly_told_apart(name: str) -> None:
    """Means 3 sqrt(2) deviations apart: about four times Phi(-3 / sqrt(2)) = 7 % are wrong by the best rule."""
    machine = built(name).fit(*blobs(3, apart=3.0))
    probes = [blobs(seed, apart=3.0) for seed in range(10, 20)]
    right = [np.unique(LABELS)[machine.score(x).argmax(axis=1)] == labels for x, labels in probes]
    assert np.mean(right) > 0.75


def test_a_row_gets_the_same_scores_in_every_batch(name: str) -> None:
    vectors = np.concatenate([blobs(seed)[0] for seed in range(4)])
    together = fitted(name).score(vectors)
    np.testing.assert_array_equal(together, np.concatenate([fitted(name).score(row[None]) for row in vectors]))
    np.testing.assert_array_equal(fitted(name).score(vectors[::-2]), together[::-2])


def test_fit_is_deterministic_and_leaves_the_vectors_alone(name: str) -> None:
    vectors, labels = blobs(1)
    before = vectors.copy(), labels.copy()
    again = built(name)
    assert again.fit(vectors, labels) is again
    np.testing.assert_array_equal(again.score(vectors), fitted(name).score(vectors))
    np.testing.assert_array_equal(vectors, before[0])
    np.testing.assert_array_equal(labels, before[1])


def test_a_second_fit_forgets_the_first(name: str) -> None:
    vectors, labels = blobs(1)
    machine = built(name).fit(vectors[:, :5] * 2, labels + 1)
    np.testing.assert_array_equal(machine.fit(vectors, labels).score(vectors), fitted(name).score(vectors))


def test_one_vector_a_person_is_enough(name: str) -> None:
    vectors, labels = blobs(1)
    _, first = np.unique(labels, return_index=True)
    machine = built(name).fit(vectors[first], labels[first])
    found = machine.people_[machine.score(vectors).argmax(axis=1)]
    assert np.mean(found == labels) > 0.9


def test_two_people_are_enough(name: str) -> None:
    vectors, labels = blobs(1)
    two = (labels == 4) | (labels == 70)
    machine = built(name).fit(vectors[two], labels[two])
    assert machine.score(vectors).shape == (len(vectors), 2)
    np.testing.assert_array_equal(machine.people_[machine.score(vectors[two]).argmax(axis=1)], labels[two])


def test_a_constant_dimension_and_copies_do_no_harm(name: str) -> None:
    vectors, labels = blobs(1)
    vectors[:, 2] = 7.0
    twice = built(name).fit(np.concatenate([vectors, vectors]), np.tile(labels, 2))
    assert np.isfinite(twice.score(vectors)).all()


def test_an_unreadable_face_stays_visible(name: str) -> None:
    """Status.UNREADABLE is a row of NaN: its scores are NaN, and nobody else's."""
    vectors, _ = blobs(2)
    wanted = fitted(name).score(vectors)
    vectors[3] = np.nan
    wanted[3] = np.nan
    np.testing.assert_array_equal(fitted(name).score(vectors), wanted)


def test_scoring_before_fit_says_what_to_do(name: str) -> None:
    with pytest.raises(UserError, match=f"{name} has to be fitted first"):
        built(name).score(blobs(1)[0])


def test_other_arrays_are_refused_by_name(name: str) -> None:
    vectors, labels = blobs(1)
    with pytest.raises(ValueError, match=r"vectors: expected shape \(M, 8\), got \(30, 7\)"):
        fitted(name).score(vectors[:, 1:])
    with pytest.raises(ValueError, match=r"labels: expected shape \(30\), got \(29,\)"):
        built(name).fit(vectors, labels[1:])
    with pytest.raises(ValueError, match=r"vectors: expected shape \(N, D\)"):
        built(name).fit(vectors[0], labels)
    vectors[4, 2] = np.nan
    with pytest.raises(ValueError, match=r"vectors: 1 of 240 values are not finite, the first at \(4, 2\)"):
        built(name).fit(vectors, labels)
