"""The model x = mu + eps, learned in either form: its likelihood by brute force, its ratio in closed form."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from eigen2arc.classical.encode.identity_model.joint_bayesian import fit_joint_bayesian
from eigen2arc.classical.encode.identity_model.plda import fit_plda
from eigen2arc.classical.encode.identity_model.two_covariance import (
    LikelihoodRatio,
    PersonStatistics,
    TwoCovarianceModel,
    diagonalize,
    log_likelihood,
    person_statistics,
)
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build

D = 4


def covariances(rng: np.random.Generator, d: int = D, rank: int = D) -> tuple[np.ndarray, np.ndarray]:
    """S_mu of some rank and S_eps."""
    f, g = rng.normal(size=(d, rank)), rng.normal(size=(d, d))
    return f @ f.T, 0.5 * g @ g.T + 0.3 * np.eye(d)


def images(
    rng: np.random.Generator, s_mu: np.ndarray, s_eps: np.ndarray, counts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Vectors (N, d) of as many people as there are counts, drawn from the model, and labels."""
    labels = np.repeat(np.arange(len(counts)), counts)
    mu = rng.multivariate_normal(np.zeros(len(s_mu)), s_mu, len(counts))
    return mu[labels] + rng.multivariate_normal(np.zeros(len(s_mu)), s_eps, len(labels)), labels


def slow_log_likelihood(x: np.ndarray, labels: np.ndarray, s_mu: np.ndarray, s_eps: np.ndarray) -> float:
    """Each person's images as one long Gaussian vector, Chen et al. section 3.2: blocks S_mu, S_eps added on top."""
    total = 0.0
    for label in np.unique(labels):
        own = x[labels == label]
        covariance = np.kron(np.ones((len(own), len(own))), s_mu) + np.kron(np.eye(len(own)), s_eps)
        total += multivariate_normal(np.zeros(own.size), covariance).logpdf(own.ravel())
    return total / len(x)


def fit(form: str, statistics: PersonStatistics, iterations: int, rank: int = D) -> TwoCovarianceModel:
    if form == "plda":
        return fit_plda(statistics, rank, iterations, 0.0)
    return fit_joint_bayesian(statistics, iterations, 0.0)


def test_likelihood_is_that_of_each_persons_images_in_a_row(rng: np.random.Generator) -> None:
    s_mu, s_eps = covariances(rng)
    x, labels = images(rng, s_mu, s_eps, np.array([1, 1, 2, 3, 5, 1, 4]))
    x -= x.mean(axis=0)
    ours = log_likelihood(person_statistics(x, labels, 0.0), *diagonalize(s_mu, s_eps))
    assert ours - D / 2 * np.log(2 * np.pi) == pytest.approx(slow_log_likelihood(x, labels, s_mu, s_eps))


@pytest.mark.parametrize("form", ["joint_bayesian", "plda"])
def test_no_step_lowers_the_likelihood(rng: np.random.Generator, form: str) -> None:
    s_mu, s_eps = covariances(rng, rank=2)
    x, labels = images(rng, s_mu, s_eps, rng.integers(1, 5, 30))
    x -= x.mean(axis=0)
    statistics = person_statistics(x, labels, 0.0)
    slow = []
    for iterations in range(8):
        model = fit(form, statistics, iterations, rank=2)
        slow.append(slow_log_likelihood(x, labels, model.s_mu, model.s_eps))
        assert len(model.log_likelihoods) == iterations + 1
    assert (np.diff(slow) > 0).all()
    np.testing.assert_allclose(np.array(model.log_likelihoods) - D / 2 * np.log(2 * np.pi), slow)


@pytest.mark.parametrize("form", ["joint_bayesian", "plda"])
def test_the_covariances_that_made_the_data_are_found(rng: np.random.Generator, form: str) -> None:
    """A covariance of n Gaussian samples is off by about sqrt(2 / n) of its size: 2,000 people, 9,000 images less
    2,000 means. Three times that is allowed; the first guess, whose S_mu holds a share of S_eps, is further off."""
    s_mu, s_eps = covariances(rng, rank=2 if form == "plda" else D)
    counts = rng.integers(1, 9, 2000)
    x, labels = images(rng, s_mu, s_eps, counts)
    statistics = person_statistics(x + 5, labels, 0.0)
    model = fit(form, statistics, 200, rank=2)
    near = 3 * np.sqrt(2 / 2000)
    assert np.linalg.norm(model.s_mu - s_mu) < near * np.linalg.norm(s_mu)
    assert np.linalg.norm(model.s_eps - s_eps) < 3 * np.sqrt(2 / 7000) * np.linalg.norm(s_eps)
    np.testing.assert_allclose(statistics.mean, 5, atol=0.3)


def test_it_stops_when_a_step_gains_less_than_the_tolerance(rng: np.random.Generator) -> None:
    x, labels = images(rng, *covariances(rng), rng.integers(1, 5, 60))
    statistics = person_statistics(x, labels, 0.0)
    gains = np.diff(fit_joint_bayesian(statistics, 100, 1e-3).log_likelihoods)
    assert len(gains) < 100 and gains[-1] < 1e-3 and (gains[:-1] >= 1e-3).all()


def test_plda_keeps_people_in_few_dimensions(rng: np.random.Generator) -> None:
    x, labels = images(rng, *covariances(rng, d=8, rank=3), rng.integers(1, 5, 200))
    model = fit_plda(person_statistics(x, labels, 0.0), 3, 20, 0.0)
    assert np.linalg.matrix_rank(model.s_mu) == 3 and np.linalg.matrix_rank(model.s_eps) == 8


def test_of_full_rank_both_forms_reach_the_same_likelihood(rng: np.random.Generator) -> None:
    s_mu, s_eps = covariances(rng)
    x, labels = images(rng, s_mu + np.eye(D), s_eps, rng.integers(2, 6, 300))  # EM is slow where people hardly differ
    statistics = person_statistics(x, labels, 0.0)
    reached = [fit(form, statistics, 500).log_likelihoods[-1] for form in ("joint_bayesian", "plda")]
    assert reached[0] == pytest.approx(reached[1], abs=1e-5)


@pytest.mark.parametrize("rank", [D, 2])
def test_ratio_is_that_of_the_two_gaussians(rng: np.random.Generator, rank: int) -> None:
    s_mu, s_eps = covariances(rng, rank=rank)
    mean = rng.normal(size=D)
    lambdas, v = diagonalize(s_mu, s_eps)
    faces = (rng.normal(size=(12, D)) * 3).astype(np.float32)
    vectors = LikelihoodRatio.of(mean, v[:, :rank], lambdas[:rank]).transform(faces)
    assert vectors.shape == (12, rank + 1)
    total, nothing = s_mu + s_eps, np.zeros((D, D))
    one = multivariate_normal(np.tile(mean, 2), np.block([[total, s_mu], [s_mu, total]]))
    two = multivariate_normal(np.tile(mean, 2), np.block([[total, nothing], [nothing, total]]))
    pairs = np.array([[np.concatenate([a, b]) for b in faces] for a in faces])
    scores = build("matcher", "joint_bayesian").score(vectors, vectors)
    np.testing.assert_allclose(scores, one.logpdf(pairs) - two.logpdf(pairs), rtol=1e-4, atol=1e-4)


def test_people_with_one_image_each_tell_nothing(rng: np.random.Generator) -> None:
    with pytest.raises(UserError, match="learned from people with two or more images: got 9 images of 9 people"):
        person_statistics(rng.normal(size=(9, 3)), np.arange(9), "auto")
    with pytest.raises(UserError, match="got 9 images of 1 people"):
        person_statistics(rng.normal(size=(9, 3)), np.zeros(9), "auto")


def test_statistics_by_a_loop(rng: np.random.Generator) -> None:
    labels = np.array([3, 1, 3, 7, 1, 3])
    x = rng.normal(size=(6, 2))
    found = person_statistics(x, labels, 0.0)
    for number, label in enumerate([1, 3, 7]):
        assert found.counts[number] == (labels == label).sum()
        np.testing.assert_allclose(found.person_means[number] + x.mean(axis=0), x[labels == label].mean(axis=0))
    within = sum(
        np.outer(row - x[labels == label].mean(0), row - x[labels == label].mean(0))
        for row, label in zip(x, labels, strict=True)
    )
    np.testing.assert_allclose(found.within, within)
    assert found.images == 6
