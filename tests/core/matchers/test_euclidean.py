"""The Euclidean matcher against a loop, and where the fast formula fails."""

import math

import numpy as np

from eigen2arc.core.plugins import build


def test_equals_a_loop(rng: np.random.Generator) -> None:
    a, b = rng.normal(size=(5, 9)).astype(np.float32), rng.normal(size=(3, 9)).astype(np.float32)
    slow = [[-math.dist(row.tolist(), other.tolist()) for other in b] for row in a]
    np.testing.assert_allclose(build("matcher", "euclidean").score(a, b), slow, rtol=1e-6)


def test_three_four_five() -> None:
    score = build("matcher", "euclidean").score(np.float32([[0, 0]]), np.float32([[3, 4], [0, 0]]))
    np.testing.assert_array_equal(score, [[-5, 0]])


def test_near_vectors_far_from_the_origin_keep_their_distance() -> None:
    """|a|^2 + |b|^2 - 2ab would be 2e14 less 2e14 here, and lose the 1."""
    a = np.full((1, 2), 1e7, np.float32)
    b = a + np.float32([[1, 0]])
    assert build("matcher", "euclidean").score(a, b)[0, 0] == -1
    assert build("matcher", "euclidean").score(a, a)[0, 0] == 0
