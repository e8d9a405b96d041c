"""The chi-square matcher against a loop over its definition and against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics.pairwise import additive_chi2_kernel

from eigen2arc.core.plugins import build


def histograms(rng: np.random.Generator, n: int, bins: int = 59) -> np.ndarray:
    counts = rng.poisson(0.8, (n, bins)).astype(np.float32)  # with many empty bins
    return counts / counts.sum(axis=1, keepdims=True)


def test_equals_a_loop(rng: np.random.Generator) -> None:
    a, b = histograms(rng, 4), histograms(rng, 3)
    slow = [
        [-sum((p - q) ** 2 / (p + q) for p, q in zip(x, y, strict=True) if p + q) for y in b] for x in a.astype(float)
    ]
    np.testing.assert_allclose(build("matcher", "chi_square").score(a, b), slow, rtol=1e-5)


def test_equals_scikit_learn(rng: np.random.Generator) -> None:
    a, b = histograms(rng, 20), histograms(rng, 30)
    theirs = additive_chi2_kernel(a.astype(np.float64), b.astype(np.float64))  # negated too
    np.testing.assert_allclose(build("matcher", "chi_square").score(a, b), theirs, rtol=1e-5)


def test_bounds_of_normalised_histograms() -> None:
    """Equal ones are 0 apart, those that share no bin 2: each of the two sums to 1."""
    score = build("matcher", "chi_square").score(np.float32([[1, 0, 0]]), np.float32([[1, 0, 0], [0, 0.5, 0.5]]))
    np.testing.assert_array_equal(score, [[0, -2]])


def test_negative_values_are_no_histogram() -> None:
    matcher, vectors = build("matcher", "chi_square"), np.float32([[0.5, -0.1]])
    with pytest.raises(ValueError, match=r"a: .* no value below 0, got -0.1"):
        matcher.score(vectors, np.abs(vectors))
    with pytest.raises(ValueError, match=r"b: .* no value below 0"):
        matcher.score_pairs(np.abs(vectors), vectors)
