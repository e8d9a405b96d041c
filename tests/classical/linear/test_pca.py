"""PCA against scikit-learn's, by every route, and against what the definition promises."""

import numpy as np
import pytest
from sklearn.decomposition import PCA as SklearnPCA

from eigen2arc.classical.linear.pca import exact, fit_pca, randomized


def images_of_falling_variance(rng: np.random.Generator, m: int, d: int) -> np.ndarray:
    """(m, d) float32 whose k-th direction has a standard deviation of 100 / (k + 1): no two eigenvalues are near."""
    directions = np.linalg.qr(rng.normal(size=(d, min(m, d))))[0].T
    spread = 100 / (np.arange(len(directions)) + 1)
    return (rng.normal(size=(m, len(directions))) * spread @ directions + 128).astype(np.float32)


@pytest.mark.parametrize(("m", "d"), [(40, 100), (100, 40), (30, 30)])
def test_equals_scikit_learn(rng: np.random.Generator, m: int, d: int) -> None:
    images = images_of_falling_variance(rng, m, d)
    ours, theirs = fit_pca(images, 12), SklearnPCA(12, svd_solver="full").fit(images.astype(np.float64))
    signs = np.sign(np.sum(ours.eigenfaces * theirs.components_, axis=1))
    np.testing.assert_allclose(ours.mean, theirs.mean_, rtol=1e-6)
    np.testing.assert_allclose(ours.eigenvalues, theirs.explained_variance_, rtol=1e-4)
    np.testing.assert_allclose(ours.eigenfaces * signs[:, None], theirs.components_, atol=2e-4)


@pytest.mark.parametrize(("m", "d"), [(300, 500), (500, 300)])
def test_random_range_finder_equals_the_exact_solution(rng: np.random.Generator, m: int, d: int) -> None:
    phi = images_of_falling_variance(rng, m, d)
    phi -= phi.mean(axis=0)
    u, variance = exact(phi, 20)
    u_random, variance_random = randomized(phi, 20)
    np.testing.assert_allclose(variance_random[:10], variance[:10], rtol=1e-3)
    np.testing.assert_allclose(np.abs(np.sum(u * u_random, axis=1))[:10], 1, atol=1e-3)
    # Within a subspace the variances can only be smaller (Cauchy's interlacing); the last ones are, a little.
    assert (variance_random <= variance * (1 + 1e-5)).all()
    assert (variance_random >= variance * 0.97).all()


def test_many_images_take_the_random_route_and_agree_with_scikit_learn(rng: np.random.Generator) -> None:
    images = images_of_falling_variance(rng, 1200, 1100)
    ours, theirs = fit_pca(images, 8), SklearnPCA(8, svd_solver="covariance_eigh").fit(images)
    np.testing.assert_allclose(ours.eigenvalues, theirs.explained_variance_, rtol=1e-3)
    np.testing.assert_allclose(np.abs(np.sum(ours.eigenfaces * theirs.components_, axis=1)), 1, atol=1e-3)


def test_eigenfaces_are_orthonormal_sorted_and_of_fixed_sign(rng: np.random.Generator) -> None:
    pca = fit_pca(rng.integers(0, 256, (50, 400), dtype=np.uint8), 30)
    np.testing.assert_allclose(pca.eigenfaces @ pca.eigenfaces.T, np.eye(30), atol=1e-5)
    assert (np.diff(pca.eigenvalues) <= 0).all()
    largest = np.abs(pca.eigenfaces).argmax(axis=1)
    assert (pca.eigenfaces[np.arange(30), largest] > 0).all()


def test_weights_have_the_variance_of_the_eigenvalues(rng: np.random.Generator) -> None:
    images = images_of_falling_variance(rng, 200, 60)
    pca = fit_pca(images, 10)
    weights = (images - pca.mean) @ pca.eigenfaces.T
    np.testing.assert_allclose(weights.var(axis=0, ddof=1), pca.eigenvalues, rtol=1e-4)


def test_all_components_give_the_images_back(rng: np.random.Generator) -> None:
    images = rng.integers(0, 256, (20, 90), dtype=np.uint8)
    pca = fit_pca(images, 1000)
    assert pca.eigenfaces.shape == (19, 90)
    rebuilt = (images - pca.mean) @ pca.eigenfaces.T @ pca.eigenfaces + pca.mean
    np.testing.assert_allclose(rebuilt, images, atol=2e-3)


def test_equal_images_leave_only_the_directions_that_exist(rng: np.random.Generator) -> None:
    three = rng.integers(0, 256, (3, 50), dtype=np.uint8)
    assert fit_pca(np.repeat(three, 4, axis=0), 10).eigenfaces.shape == (2, 50)
    assert fit_pca(np.repeat(three[:1], 4, axis=0), 10).eigenfaces.shape == (0, 50)


def test_the_images_are_left_as_they_were(rng: np.random.Generator) -> None:
    images = rng.normal(size=(20, 30)).astype(np.float32)
    before = images.copy()
    fit_pca(images, 3)
    np.testing.assert_array_equal(images, before)


@pytest.mark.parametrize("m", [0, 1])
def test_too_little_to_work_with(m: int) -> None:
    with pytest.raises(ValueError, match=f"at least 2 images, got {m}"):
        fit_pca(np.zeros((m, 4)), 3)


def test_scaled_axes_leave_a_power_of_the_variance(rng: np.random.Generator) -> None:
    images = images_of_falling_variance(rng, 200, 60)
    pca = fit_pca(images, 10)
    for drop_first, power in [(0, 0.0), (3, 0.5), (2, 1.0)]:
        weights = (images - pca.mean) @ pca.axes(drop_first, power).T
        np.testing.assert_allclose(weights.var(axis=0, ddof=1), pca.eigenvalues[drop_first:] ** (1 - power), rtol=1e-4)
    np.testing.assert_array_equal(pca.axes(), pca.eigenfaces)


def test_the_solver_is_taken_that_is_asked_for(rng: np.random.Generator) -> None:
    images = images_of_falling_variance(rng, 60, 90)
    by = {solver: fit_pca(images, 5, solver).eigenfaces for solver in ("auto", "exact", "randomised")}
    np.testing.assert_array_equal(by["auto"], by["exact"])
    assert not np.array_equal(by["randomised"], by["exact"])
    np.testing.assert_allclose(by["randomised"], by["exact"], atol=1e-3)
