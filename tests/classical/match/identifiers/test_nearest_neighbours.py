"""Nearest neighbours against scikit-learn, a loop for the ties, and the matcher's best image."""

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
@pytest.mark.parametrize("k", [1, 4])
def test_votes_are_scikit_learns(rng: np.random.Generator, k: int, metric: str) -> None:
    x, labels = rng.normal(size=(60, 5)).astype(np.float32), rng.integers(0, 7, 60)
    new = rng.normal(size=(100, 5)).astype(np.float32)
    ours = plugins.build("identifier", "nearest_neighbours", k=k, metric=metric).fit(x, labels).score(new)
    peer = KNeighborsClassifier(k, metric=metric, algorithm="brute").fit(x.astype(np.float64), labels)
    np.testing.assert_allclose(np.ceil(ours), k * peer.predict_proba(new.astype(np.float64)))


def test_among_as_many_votes_the_nearer_comes_first() -> None:
    x = np.float32([[1], [2], [9], [10], [3], [30]])
    machine = plugins.build("identifier", "nearest_neighbours", k=4, metric="euclidean")
    score = machine.fit(x, np.array([5, 5, 6, 6, 7, 8])).score(np.float32([[5.6]]))
    # Nearest: 3 (of 7), 9 (of 6), 2 (of 5), 10 (of 6). Nobody's nearest is nearer than 7's; then come 6, 5 and 8.
    np.testing.assert_allclose(score, [[1 - 2 / 4, 2 - 1 / 4, 1, 0 - 3 / 4]])


def test_the_nearest_one_is_the_matchers_best_image(rng: np.random.Generator) -> None:
    gallery, probes = rng.normal(size=(50, 9)).astype(np.float32), rng.normal(size=(80, 9)).astype(np.float32)
    labels = np.arange(50) // 5
    score = plugins.build("identifier", "nearest_neighbours").fit(gallery, labels).score(probes)
    similarity = plugins.build("matcher", "cosine").score(probes, gallery)
    best = similarity.reshape(80, 10, 5).max(axis=2)
    np.testing.assert_array_equal(score.argsort(axis=1), best.argsort(axis=1))


def test_more_neighbours_than_vectors_are_refused(rng: np.random.Generator) -> None:
    with pytest.raises(UserError, match="k = 5 neighbours asked of 4 vectors: lower k"):
        plugins.build("identifier", "nearest_neighbours", k=5).fit(rng.normal(size=(4, 2)), np.arange(4))
