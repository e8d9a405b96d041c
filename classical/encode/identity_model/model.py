"""A face as x = mu + eps, the person and the image, both Gaussian: the likelihood of the model, and how it is learned.

mu ~ N(0, S_mu) is the same in all images of a person, eps ~ N(0, S_eps) is new in each; D. Chen, X. Cao, L. Wang,
F. Wen, J. Sun, "Bayesian Face Revisited: A Joint Formulation", ECCV 2012, section 3.1. joint_bayesian.py and plda.py
differ in what they let S_mu be.

There is a V with V^T S_eps V = I and V^T S_mu V = diag(lambda). The dimensions of V^T x are independent, so that there
is nothing to invert for people of each number m of images, which the paper's section 3.2 is at pains to make fast.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.linalg

from .statistics import PersonStatistics

#: S_mu and S_eps, (d, d) float64 each.
Covariances = tuple[np.ndarray, np.ndarray]

#: An EM step: the data, lambda (d,) and V (d, d) of the current model, to the covariances of the next.
Step = Callable[[PersonStatistics, np.ndarray, np.ndarray], Covariances]


@dataclass(frozen=True)
class GaussianPeople:
    """s_mu, s_eps : (d, d) float64, covariances of people and of images of one person. log_likelihoods : of the data
    at the start and after each step, per image, in nats and without the constant of pi."""

    s_mu: np.ndarray
    s_eps: np.ndarray
    log_likelihoods: tuple[float, ...]


def learn(
    statistics: PersonStatistics, first: Covariances, step: Step, iterations: int, tolerance: float
) -> GaussianPeople:
    """EM steps from the covariances ``first``, ``iterations`` at most, until one gains less than ``tolerance`` nats an
    image."""
    model = first
    reached: list[float] = []
    while True:
        lambdas, v = diagonalise(*model)
        reached.append(log_likelihood(statistics, lambdas, v))
        little = len(reached) > 1 and reached[-1] - reached[-2] < tolerance
        if little or len(reached) > iterations:
            return GaussianPeople(*model, tuple(reached))
        model = step(statistics, lambdas, v)


def diagonalise(s_mu: np.ndarray, s_eps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """lambda (d,), falling, and V (d, d) with V^T S_eps V = I and V^T S_mu V = diag(lambda)."""
    lambdas, v = scipy.linalg.eigh(s_mu, s_eps)
    return lambdas[::-1].clip(0), v[:, ::-1]


def log_likelihood(statistics: PersonStatistics, lambdas: np.ndarray, v: np.ndarray) -> float:
    """Of the data, per image, in nats, without -d/2 log 2 pi.

    The m images of a person are their mean, N(0, S_mu + S_eps / m), and m - 1 differences, N(0, S_eps). In the basis V
    the covariance of sqrt(m) times the mean is I + m diag(lambda); log |S_eps| = -2 log |V|.
    """
    m = statistics.counts[:, None]
    y = statistics.person_means @ v
    spread = 1 + m * lambdas
    total = -2 * statistics.images * np.linalg.slogdet(v)[1]
    total += np.sum(np.log(spread) + m * y**2 / spread)
    total += np.sum(v * (statistics.within @ v))
    return float(-0.5 * total / statistics.images)
