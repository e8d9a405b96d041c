"""Cosine against its definition and scipy."""

import numpy as np
from scipy.spatial.distance import cdist

from eigen2arc.core.plugins import build


def test_equals_scipy(rng: np.random.Generator) -> None:
    a, b = rng.normal(size=(7, 33)).astype(np.float32), rng.normal(size=(4, 33)).astype(np.float32)
    np.testing.assert_allclose(build("matcher", "cosine").score(a, b), 1 - cdist(a, b, "cosine"), atol=1e-6)


def test_angles_known_by_heart() -> None:
    east, north_east, north, west = np.float32([[1, 0], [3, 3], [0, 5], [-2, 0]])
    score = build("matcher", "cosine").score(east[None], np.stack([east, north_east, north, west]))
    np.testing.assert_allclose(score, [[1, np.sqrt(0.5), 0, -1]], atol=1e-7)


def test_length_does_not_matter(rng: np.random.Generator) -> None:
    matcher, a = build("matcher", "cosine"), rng.normal(size=(5, 8)).astype(np.float32)
    for factor in np.float32([1e-30, 1e-3, 1e30]):
        np.testing.assert_allclose(matcher.score(factor * a, a), matcher.score(a, a), atol=1e-6)


def test_zero_vector_scores_zero() -> None:
    matcher, vectors = build("matcher", "cosine"), np.float32([[0, 0], [1, 2]])
    np.testing.assert_allclose(matcher.score(vectors, vectors), [[0, 0], [0, 1]], atol=1e-7)
    np.testing.assert_allclose(matcher.score_pairs(vectors, vectors), [0, 1], atol=1e-7)


def test_never_beyond_one(rng: np.random.Generator) -> None:
    a = rng.normal(size=(300, 128)).astype(np.float32)
    assert np.abs(build("matcher", "cosine").score(a, a)).max() <= 1
