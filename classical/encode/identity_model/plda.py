"""Probabilistic linear discriminant analysis: people differ in a few dimensions only.

S. Prince, J. Elder, "Probabilistic Linear Discriminant Analysis for Inferences About Identity", ICCV 2007:
x = mu + F h + G w + eps with h ~ N(0, I) the person, in ``dimensions`` dimensions, and w, eps the image. What they do
with G w + eps, few dimensions and a diagonal, is here one covariance Sigma of any form, as in S. Ioffe, "Probabilistic
Linear Discriminant Analysis", ECCV 2006. So S_mu = F F^T, S_eps = Sigma, and the rest is as in two_covariance.py.
"""

import numpy as np

from .two_covariance import (
    Covariances,
    PersonStatistics,
    TwoCovarianceModel,
    diagonalize,
    fit_by_em,
    initial_covariances,
)


def fit_plda(statistics: PersonStatistics, dimensions: int, iterations: int, tolerance: float) -> TwoCovarianceModel:
    """Learn S_mu = F F^T of rank ``dimensions`` (or of as many as there are) and S_eps by em_step; see fit_by_em."""
    s_mu, s_eps = initial_covariances(statistics)
    lambdas, v = diagonalize(s_mu, s_eps)
    q = min(dimensions, len(lambdas), len(statistics.counts) - 1)
    f = s_eps @ v[:, :q] * np.sqrt(lambdas[:q])
    between = (statistics.person_means * statistics.counts[:, None]).T @ statistics.person_means

    def step(statistics: PersonStatistics, lambdas: np.ndarray, v: np.ndarray) -> Covariances:
        return em_step(statistics, between, lambdas[:q], v[:, :q])

    return fit_by_em(statistics, (f @ f.T, s_eps), step, iterations, tolerance)


def em_step(statistics: PersonStatistics, between: np.ndarray, lambdas: np.ndarray, v: np.ndarray) -> Covariances:
    """Compute the next S_mu = F F^T and S_eps: F is a regression of the images on the expected h.

    between : S_B = sum of m x x^T over the people's means x. lambdas (q,) and V (d, q), where lambda is not 0.
    Returns (d, d) and (d, d) float64.
    """
    # E-step. With F = S_eps V diag(sqrt(lambda)) the h of a person whose m images have the mean y in the basis V is,
    # along each dimension by itself, as likely as N(m sqrt(l) / (1 + m l) y, 1 / (1 + m l)).
    m = statistics.counts[:, None]
    posterior_var = 1 / (1 + m * lambdas)
    h = m * np.sqrt(lambdas) * posterior_var * (statistics.person_means @ v)
    # M-step: the regression, and the covariance of what it leaves.
    x_h = (m * statistics.person_means).T @ h
    h_h = (m * h).T @ h + np.diag(np.sum(m * posterior_var, axis=0))
    f = np.linalg.solve(h_h, x_h.T).T
    explained = f @ x_h.T
    s_eps = (statistics.within + between - 0.5 * (explained + explained.T)) / statistics.images
    return f @ f.T, s_eps
