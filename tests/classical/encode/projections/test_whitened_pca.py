"""Whitened PCA against scikit-learn's, and its settings."""

import numpy as np
import pytest
from sklearn.decomposition import PCA as SklearnPCA

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build


@pytest.fixture
def vectors(rng: np.random.Generator) -> np.ndarray:
    spread = np.geomspace(20, 0.5, 30)
    return (rng.normal(size=(80, 30)) * spread @ np.linalg.qr(rng.normal(size=(30, 30)))[0] + 7).astype(np.float32)


@pytest.mark.parametrize(("power", "whiten"), [(1.0, True), (0.0, False)])
def test_equals_scikit_learn(vectors: np.ndarray, power: float, whiten: bool) -> None:
    ours = build("projection", "whitened_pca", components=9, power=power).fit(vectors, np.zeros(80)).transform(vectors)
    theirs = SklearnPCA(9, whiten=whiten, svd_solver="full").fit_transform(vectors.astype(np.float64))
    signs = np.sign(np.sum(ours * theirs, axis=0))
    np.testing.assert_allclose(ours * signs, theirs, rtol=1e-3, atol=2e-3 * np.abs(theirs).max())


def test_components_are_counted_after_those_that_are_dropped(vectors: np.ndarray) -> None:
    every = build("projection", "whitened_pca", components=9).fit(vectors, np.zeros(80)).transform(vectors)
    later = build("projection", "whitened_pca", components=6, drop_first=3).fit(vectors, np.zeros(80))
    np.testing.assert_allclose(later.transform(vectors), every[:, 3:], rtol=1e-5, atol=1e-5)


def test_between_plain_and_white_the_variance_is_a_power(vectors: np.ndarray) -> None:
    plain = build("projection", "whitened_pca", components=9, power=0).fit(vectors, np.zeros(80)).transform(vectors)
    half = build("projection", "whitened_pca", components=9, power=0.5).fit(vectors, np.zeros(80)).transform(vectors)
    np.testing.assert_allclose(half.var(axis=0, ddof=1), np.sqrt(plain.var(axis=0, ddof=1)), rtol=1e-4)


def test_nothing_left_is_said(vectors: np.ndarray) -> None:
    with pytest.raises(UserError, match="80 vectors span 30 dimensions, and none is left without the first 30"):
        build("projection", "whitened_pca", drop_first=30).fit(vectors, np.zeros(80))
    with pytest.raises(UserError, match="span 0 dimensions"):
        build("projection", "whitened_pca").fit(np.ones((4, 3), np.float32), np.zeros(4))
