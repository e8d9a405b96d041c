"""Fisher vectors against a slow loop over the paper's formulas, against scikit-image, and what they are zero for."""

import numpy as np
import pytest
from skimage.feature import fisher_vector as theirs
from sklearn.mixture import GaussianMixture as SklearnMixture

from eigen2arc.classical.encode.vocabulary.fisher_vector import fisher_vectors, gradients
from eigen2arc.classical.encode.vocabulary.gaussian_mixture import GaussianMixture

COMPONENTS, DIMENSIONS = 5, 3


@pytest.fixture
def mixture(rng: np.random.Generator) -> GaussianMixture:
    weights = rng.uniform(0.5, 1, COMPONENTS)
    means, variances = rng.normal(size=(COMPONENTS, DIMENSIONS)), rng.uniform(0.3, 2, (COMPONENTS, DIMENSIONS))
    return GaussianMixture(*(a.astype(np.float32) for a in (weights / weights.sum(), means, variances)))


@pytest.fixture
def descriptors(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=(4, 60, DIMENSIONS)).astype(np.float32)


def slowly(x: np.ndarray, mixture: GaussianMixture) -> np.ndarray:
    """ECCV 2010, eq. (4), (7) and (8), descriptor by descriptor in float64."""
    w, mu = mixture.weights.astype(float), mixture.means.astype(float)
    sigma = np.sqrt(mixture.variances.astype(float))
    g_mu, g_sigma = np.zeros(mu.shape), np.zeros(mu.shape)
    for x_t in x.astype(float):
        density = [
            w[k] * np.prod(np.exp(-((x_t - mu[k]) ** 2) / (2 * sigma[k] ** 2)) / sigma[k]) for k in range(len(w))
        ]
        for k in range(len(w)):
            gamma = density[k] / sum(density)
            g_mu[k] += gamma * (x_t - mu[k]) / sigma[k] / np.sqrt(w[k])
            g_sigma[k] += gamma * ((x_t - mu[k]) ** 2 / sigma[k] ** 2 - 1) / np.sqrt(2 * w[k])
    return np.concatenate([g_mu.ravel(), g_sigma.ravel()]) / len(x)


def test_equals_the_slow_loop(descriptors: np.ndarray, mixture: GaussianMixture) -> None:
    for x in descriptors:
        np.testing.assert_allclose(gradients(x, mixture), slowly(x, mixture), atol=1e-5)


def test_rooted_and_of_length_one(descriptors: np.ndarray, mixture: GaussianMixture) -> None:
    vectors = fisher_vectors(descriptors, mixture)
    assert vectors.shape == (4, 2 * COMPONENTS * DIMENSIONS) and vectors.dtype == np.float32
    for x, vector in zip(descriptors, vectors, strict=True):
        expected = slowly(x, mixture)
        expected = np.sign(expected) * np.sqrt(np.abs(expected))
        np.testing.assert_allclose(vector, expected / np.linalg.norm(expected), atol=1e-4)


def test_equals_scikit_image(descriptors: np.ndarray, mixture: GaussianMixture) -> None:
    """Theirs begins with the gradient with respect to the weights, and has the other sign for the deviations."""
    model = SklearnMixture(COMPONENTS, covariance_type="diag")
    model.weights_, model.means_, model.covariances_ = mixture.weights, mixture.means, mixture.variances
    model.precisions_cholesky_ = 1 / np.sqrt(mixture.variances)
    for x in descriptors:
        expected = theirs(x, model)[COMPONENTS:]
        expected[COMPONENTS * DIMENSIONS :] *= -1
        np.testing.assert_allclose(gradients(x, mixture), expected, atol=1e-5)


def test_samples_of_the_mixture_itself_give_nearly_nothing(rng: np.random.Generator, mixture: GaussianMixture) -> None:
    """The expectation of the gradient is 0 where the model is true."""
    which = rng.choice(COMPONENTS, 200_000, p=mixture.weights.astype(float) / mixture.weights.sum(dtype=float))
    x = mixture.means[which] + np.sqrt(mixture.variances[which]) * rng.normal(size=(len(which), DIMENSIONS))
    assert np.abs(gradients(x.astype(np.float32), mixture)).max() < 0.02


def test_the_vector_of_a_picture_does_not_depend_on_the_others(
    descriptors: np.ndarray, mixture: GaussianMixture
) -> None:
    together = fisher_vectors(descriptors, mixture)
    alone = np.concatenate([fisher_vectors(one[None], mixture) for one in descriptors])
    np.testing.assert_array_equal(together, alone)
    assert fisher_vectors(descriptors[:0], mixture).shape == (0, together.shape[1])


def test_dimensions_must_be_the_mixtures(descriptors: np.ndarray, mixture: GaussianMixture) -> None:
    with pytest.raises(ValueError, match=r"descriptors: expected shape \(N, T, 3\)"):
        fisher_vectors(descriptors[..., :2], mixture)
