"""Nearest class mean against scikit-learn, and against the closed form of equal Gaussians."""

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.neighbors import NearestCentroid

from eigen2arc.core import plugins


def test_names_whom_scikit_learns_nearest_centroid_names(rng: np.random.Generator) -> None:
    x, labels = rng.normal(size=(60, 5)).astype(np.float32), rng.integers(0, 7, 60)
    new = rng.normal(size=(200, 5)).astype(np.float32)
    ours = plugins.build("identifier", "class_mean", metric="euclidean").fit(x, labels)
    wanted = NearestCentroid().fit(x.astype(np.float64), labels).predict(new.astype(np.float64))
    np.testing.assert_array_equal(ours.people_[ours.score(new).argmax(axis=1)], wanted)


def test_its_error_is_that_of_the_best_rule_for_equal_gaussians(rng: np.random.Generator) -> None:
    """Two Gaussians of variance 1 whose means are delta apart: no rule errs less often than Phi(-delta / 2)."""
    delta, means = 2.5, np.zeros((2, 6))
    means[1] = delta / np.sqrt(6)
    labels = np.repeat([0, 1], 20_000)
    x = (means[labels] + rng.normal(size=(len(labels), 6))).astype(np.float32)
    new = (means[labels] + rng.normal(size=(len(labels), 6))).astype(np.float32)
    machine = plugins.build("identifier", "class_mean", metric="euclidean").fit(x, labels)
    wrong = np.mean(machine.score(new).argmax(axis=1) != labels)
    assert wrong == pytest.approx(norm.cdf(-delta / 2), abs=0.004)


def test_by_cosine_a_vectors_length_plays_no_part(rng: np.random.Generator) -> None:
    x, labels = rng.normal(size=(40, 5)).astype(np.float32), rng.integers(0, 6, 40)
    new = rng.normal(size=(30, 5)).astype(np.float32)
    lengths = rng.uniform(0.1, 10, (40, 1)).astype(np.float32)
    plain, scaled = (plugins.build("identifier", "class_mean").fit(v, labels) for v in (x, x * lengths))
    np.testing.assert_allclose(plain.score(new), scaled.score(new * lengths[:30]), atol=1e-5)
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    mean = np.stack([unit[labels == person].mean(axis=0) for person in np.unique(labels)])
    cosine = (new / np.linalg.norm(new, axis=1, keepdims=True)) @ (mean / np.linalg.norm(mean, axis=1, keepdims=True)).T
    np.testing.assert_allclose(plain.score(new), -np.sqrt(2 - 2 * cosine), atol=1e-5)
