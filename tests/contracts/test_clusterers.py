"""What every clusterer promises."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from eigen2arc.core import plugins
from eigen2arc.core.stages import Clusterer

CLUSTERERS = list(plugins.plugins("clusterer"))
PEOPLE, DIMENSIONS = 8, 12

#: Between the scores of one person's faces and those of two people's, see blobs().
THRESHOLDS = {"cosine": 0.6, "euclidean": -6.0}


def blobs(seed: int, faces: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Faces of people of different size around means that are far apart, in mixed order; each has at least two."""
    rng = np.random.default_rng(seed)
    means = 10 * np.linalg.qr(np.random.default_rng(0).normal(size=(DIMENSIONS, PEOPLE)))[0].T
    rest = rng.integers(0, PEOPLE, faces - 2 * PEOPLE)
    person = rng.permutation(np.concatenate([np.arange(PEOPLE), np.arange(PEOPLE), rest]))
    return (means[person] + 0.5 * rng.normal(size=(faces, DIMENSIONS))).astype(np.float32), person


def partition(labels: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in set(labels.tolist()) - {-1}}


@pytest.fixture(params=[(name, metric) for name in CLUSTERERS for metric in THRESHOLDS], ids="-".join)
def run(request: pytest.FixtureRequest) -> Any:
    name, metric = request.param
    return lambda vectors: plugins.build("clusterer", name).cluster(vectors, metric, THRESHOLDS[metric])


@pytest.mark.parametrize("name", CLUSTERERS)
def test_has_the_method(name: str) -> None:
    assert isinstance(plugins.build("clusterer", name), Clusterer)


def test_people_far_apart_are_told_apart(run: Any) -> None:
    vectors, person = blobs(1)
    labels = run(vectors)
    assert labels.shape == (60,) and labels.dtype == np.int64
    assert partition(labels) == partition(person)


def test_clusters_are_numbered_by_their_size_and_hold_two_faces_or_more(run: Any) -> None:
    labels = run(blobs(2)[0])
    found, first, size = np.unique(labels[labels >= 0], return_index=True, return_counts=True)
    assert found.tolist() == list(range(len(found))) and size.min() >= 2
    assert sorted(found, key=lambda c: (-size[c], first[c])) == found.tolist()


def test_a_face_like_no_other_is_in_no_cluster(run: Any) -> None:
    vectors, _ = blobs(3)
    means = np.linalg.qr(np.random.default_rng(0).normal(size=(DIMENSIONS, DIMENSIONS)))[0]
    vectors[7] = -10 * np.abs(vectors).mean() * means.sum(axis=1)
    assert run(vectors)[7] == -1


def test_the_order_of_faces_does_not_matter(run: Any) -> None:
    vectors, _ = blobs(5)
    order = np.random.default_rng(6).permutation(len(vectors))
    assert partition(run(vectors[order])) == {
        frozenset(np.flatnonzero(np.isin(order, list(group))).tolist()) for group in partition(run(vectors))
    }


def test_the_same_vectors_give_the_same_clusters_and_stay_untouched(run: Any) -> None:
    vectors, _ = blobs(7)
    before = vectors.copy()
    np.testing.assert_array_equal(run(vectors), run(vectors))
    np.testing.assert_array_equal(vectors, before)


def test_copies_of_one_image_are_one_cluster(run: Any) -> None:
    vectors, _ = blobs(8)
    labels = run(np.concatenate([vectors, vectors]))
    np.testing.assert_array_equal(labels[:60], labels[60:])
    assert (labels >= 0).all()


@pytest.mark.parametrize("faces", [0, 1, 2])
def test_few_faces_are_no_error(faces: int, run: Any) -> None:
    labels = run(np.ones((faces, 5), np.float32))
    assert labels.shape == (faces,) and labels.dtype == np.int64
    if faces < 2:
        assert (labels == -1).all()


@settings(max_examples=12)
@given(vectors=arrays(np.float32, (7, 3), elements=st.floats(-(2.0**60), 2.0**60, width=32)))
@pytest.mark.parametrize("metric", list(THRESHOLDS))
@pytest.mark.parametrize("name", CLUSTERERS)
def test_any_finite_vectors_give_clusters(name: str, metric: Any, vectors: np.ndarray) -> None:
    labels = plugins.build("clusterer", name).cluster(vectors, metric, THRESHOLDS[metric])
    assert labels.shape == (7,) and set(labels) - {-1} == set(range(labels.max() + 1))


def test_other_arrays_are_refused_by_name(run: Any) -> None:
    vectors, _ = blobs(9)
    with pytest.raises(ValueError, match=r"vectors: expected shape \(N, D\)"):
        run(vectors[0])
    vectors[4, 2] = np.nan
    with pytest.raises(ValueError, match=r"vectors: 1 of 720 values are not finite, the first at \(4, 2\)"):
        run(vectors)
