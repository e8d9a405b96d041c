"""Joint Bayesian: how people differ, and how images of one person do, as two covariances learned by EM.

D. Chen, X. Cao, L. Wang, F. Wen, J. Sun, "Bayesian Face Revisited: A Joint Formulation", ECCV 2012: x = mu + eps with
mu ~ N(0, S_mu) and eps ~ N(0, S_eps), section 3.1; learned by EM, section 3.2, the two x of a person with m images
taken together. Two things are done otherwise.

Their M-step takes the covariances of the expected mu and eps alone; here what the images leave open (the posterior
covariance) is added, as EM prescribes. Then the likelihood of the data never falls, and people with one image, of whom
LFW is full, may take part: to them the expected mu is nearly 0, and without it S_mu would shrink at every step.

The two covariances are made diagonal together at every step (classical/likelihood_ratio.py). In that basis the
posterior of mu_k, given the mean y_k of m images, is N(m l / (1 + m l) y_k, l / (1 + m l)) with l = lambda_k: there is
no matrix to invert for each m, which is what their section 3.2 is at pains to make fast.
"""

from dataclasses import dataclass

import numpy as np
import scipy.linalg

from .person_statistics import PersonStatistics


@dataclass(frozen=True)
class JointBayesian:
    """s_mu, s_eps : (d, d) float64, covariances of people and of images of one person. log_likelihoods : of the data
    before each step and after the last one, per image, in nats and without the constant of pi."""

    s_mu: np.ndarray
    s_eps: np.ndarray
    log_likelihoods: tuple[float, ...]


def fit_joint_bayesian(statistics: PersonStatistics, iterations: int, tolerance: float) -> JointBayesian:
    """EM from the scatter between and within people, until a step gains less than ``tolerance`` nats an image."""
    s_mu, s_eps = first_guess(statistics)
    gained: list[float] = []
    for _ in range(iterations):
        lambdas, v = diagonalise(s_mu, s_eps)
        gained.append(log_likelihood(statistics, lambdas, v))
        if len(gained) > 1 and gained[-1] - gained[-2] < tolerance:
            return JointBayesian(s_mu, s_eps, tuple(gained))
        s_mu, s_eps = em_step(statistics, lambdas, v)
    gained.append(log_likelihood(statistics, *diagonalise(s_mu, s_eps)))
    return JointBayesian(s_mu, s_eps, tuple(gained))


def first_guess(statistics: PersonStatistics) -> tuple[np.ndarray, np.ndarray]:
    """S_mu and S_eps: the covariance of the people's means, and that of the images about them."""
    people = len(statistics.counts)
    s_mu = statistics.person_means.T @ statistics.person_means / people
    return s_mu, statistics.within / (statistics.images - people)


def diagonalise(s_mu: np.ndarray, s_eps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """lambda (d,), falling, and V (d, d) with V^T S_eps V = I and V^T S_mu V = diag(lambda)."""
    lambdas, v = scipy.linalg.eigh(s_mu, s_eps)
    return lambdas[::-1].clip(0), v[:, ::-1]


def em_step(statistics: PersonStatistics, lambdas: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The next S_mu and S_eps. Expectations are taken in the basis V, where dimensions are independent."""
    m = statistics.counts[:, None]
    y = statistics.person_means @ v
    open_ = lambdas / (1 + m * lambdas)
    mu = m * open_ * y
    eps = (y - mu) * np.sqrt(m)
    s_mu = mu.T @ mu + np.diag(open_.sum(axis=0))
    # What is left open of mu is left open of every eps of the person, too; S_W is not: mu shifts all of them alike.
    s_eps = eps.T @ eps + np.diag((m * open_).sum(axis=0))
    back = np.linalg.inv(v)
    return (
        back.T @ s_mu @ back / len(m),
        (back.T @ s_eps @ back + statistics.within) / statistics.images,
    )


def log_likelihood(statistics: PersonStatistics, lambdas: np.ndarray, v: np.ndarray) -> float:
    """Of the data, per image, in nats, without -d/2 log 2 pi.

    The m images of a person are their mean, N(0, S_mu + S_eps / m), and m - 1 differences, N(0, S_eps). In the basis V
    the covariance of sqrt(m) times the mean is I + m diag(lambda); log |S_eps| = -2 log |V|.
    """
    m = statistics.counts[:, None]
    y = statistics.person_means @ v
    spread = 1 + m * lambdas
    log_det_eps = -2 * np.linalg.slogdet(v)[1]
    total = statistics.images * log_det_eps
    total += np.sum(np.log(spread) + m * y**2 / spread)
    total += np.sum(v * (statistics.within @ v))
    return float(-0.5 * total / statistics.images)
