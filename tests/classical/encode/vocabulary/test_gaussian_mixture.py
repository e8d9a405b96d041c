"""The mixture against densities written out, against a world that it should find again, and its posteriors."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from eigen2arc.classical.encode.vocabulary.gaussian_mixture import FLOOR, fit_mixture
from eigen2arc.core.errors import UserError


def samples_of(rng: np.random.Generator, count: int) -> np.ndarray:
    """From three Gaussians in five dimensions, with weights 0.5, 0.3 and 0.2 and deviations 0.3, 0.6 and 0.9."""
    means = np.array([[0, 0, 0, 0, 0], [6, 0, 0, 0, 0], [0, 6, 0, 0, 0]])
    which = rng.choice(3, count, p=[0.5, 0.3, 0.2])
    spread = np.array([0.3, 0.6, 0.9])[which, None]
    return (means[which] + spread * rng.normal(size=(count, 5))).astype(np.float32)


def with_squares(x: np.ndarray) -> np.ndarray:
    return np.concatenate([x, x * x], axis=1)


def test_finds_the_gaussians_again(rng: np.random.Generator) -> None:
    samples = samples_of(rng, 4000)
    mixture = fit_mixture(samples, 3, seed=0)
    order = np.argsort(-mixture.weights)
    np.testing.assert_allclose(mixture.weights[order], [0.5, 0.3, 0.2], atol=0.03)
    np.testing.assert_allclose(mixture.means[order][:, 0], [0, 6, 0], atol=0.1)
    np.testing.assert_allclose(mixture.means[order][:, 1], [0, 0, 6], atol=0.1)
    floor = FLOOR * samples.var(axis=0).mean()
    expected = np.array([0.09, 0.36, 0.81])[:, None].repeat(5, axis=1) + floor
    np.testing.assert_allclose(mixture.variances[order], expected, rtol=0.15)


def test_posteriors_follow_from_the_densities(rng: np.random.Generator) -> None:
    mixture = fit_mixture(samples_of(rng, 500), 4, seed=0)
    x = rng.uniform(-1, 7, (50, 5)).astype(np.float32)
    density = np.stack(
        [
            w * multivariate_normal(mean, np.diag(variance)).pdf(x)
            for w, mean, variance in zip(mixture.weights, mixture.means, mixture.variances, strict=True)
        ],
        axis=1,
    )
    expected = density / density.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(mixture.posteriors(with_squares(x)), expected, atol=1e-3)


def test_a_sample_far_away_still_has_posteriors(rng: np.random.Generator) -> None:
    mixture = fit_mixture(samples_of(rng, 500), 4, seed=0)
    gamma = mixture.posteriors(with_squares(np.full((1, 5), 1000, np.float32)))
    np.testing.assert_allclose(gamma.sum(), 1, rtol=1e-6)


def test_the_seed_decides(rng: np.random.Generator) -> None:
    samples = rng.normal(size=(300, 4)).astype(np.float32)
    first, again, other = (fit_mixture(samples, 8, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.means, again.means)
    assert not np.array_equal(first.means, other.means)


def test_equal_samples_leave_the_floor(rng: np.random.Generator) -> None:
    few = rng.normal(size=(5, 3)).astype(np.float32).repeat(20, axis=0)
    mixture = fit_mixture(few, 5, seed=0)
    floor = FLOOR * few.var(axis=0).mean()
    assert (mixture.variances >= 0.99 * floor).all()
    np.testing.assert_allclose(np.sort(mixture.means, axis=0), np.sort(few[::20], axis=0), atol=1e-4)


def test_fewer_different_samples_than_gaussians(rng: np.random.Generator) -> None:
    few = rng.normal(size=(4, 3)).astype(np.float32).repeat(2, axis=0)
    with pytest.raises(UserError, match="mixture of 5 Gaussians needs .* got 4"):
        fit_mixture(few, 5, seed=0)
