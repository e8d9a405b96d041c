"""HDBSCAN with scikit-learn's own answer beside it."""

import numpy as np
from sklearn.cluster import HDBSCAN

from eigen2arc.recognize.clusterers.hdbscan import Hdbscan


def made(rng: np.random.Generator) -> np.ndarray:
    person = np.repeat(np.arange(8), 6)
    return (3 * rng.normal(size=(8, 5))[person] + rng.normal(size=(48, 5))).astype(np.float32)


def test_without_a_threshold_it_is_scikit_learns(rng: np.random.Generator) -> None:
    vectors = made(rng)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    for metric, given in (("cosine", unit), ("euclidean", vectors)):
        theirs = HDBSCAN(min_cluster_size=3, copy=True).fit(given.astype(np.float64)).labels_
        ours = Hdbscan(least=3).cluster(vectors, metric, -1e9)
        np.testing.assert_array_equal(ours == -1, theirs == -1)
        np.testing.assert_array_equal(ours[:, None] == ours, theirs[:, None] == theirs)


def test_what_does_not_hang_together_is_cut(rng: np.random.Generator) -> None:
    vectors = made(rng)
    loose, strict = (Hdbscan().cluster(vectors, "euclidean", threshold) for threshold in (-1e9, -1.5))
    assert strict.max() > -1
    for one in range(strict.max() + 1):
        assert len(set(loose[strict == one])) == 1
    distance = np.linalg.norm(vectors[:, None].astype(np.float64) - vectors, axis=2)
    inside = (strict[:, None] == strict) & ~np.eye(48, dtype=bool)
    assert (np.where(inside, distance, np.inf).min(axis=1)[strict >= 0] <= 1.5).all()
