"""Joint Bayesian: how people differ, and how images of one person do, as two covariances learned by EM.

D. Chen, X. Cao, L. Wang, F. Wen, J. Sun, "Bayesian Face Revisited: A Joint Formulation", ECCV 2012, section 3.2. One
thing is done otherwise. Their M-step takes the covariances of the expected mu and eps alone; here what the images leave
open (the posterior covariance) is added, as EM prescribes. Then the likelihood of the data never falls, and people with
one image, of whom LFW is full, may take part: the mu that is expected of them is near 0, and alone it would make S_mu
shrink at every step. On whitened LBP of LFW, View 1's test pairs, 50 steps get .853 right, of theirs .797, and their
best after five .838.
"""

import numpy as np

from .model import Covariances, GaussianPeople, learn
from .statistics import PersonStatistics


def fit_joint_bayesian(statistics: PersonStatistics, iterations: int, tolerance: float) -> GaussianPeople:
    """S_mu and S_eps of any form, from the scatter of people and of their images on; see gaussian_people.learn."""
    return learn(statistics, first_guess(statistics), em_step, iterations, tolerance)


def first_guess(statistics: PersonStatistics) -> Covariances:
    """The covariance of the people's means, and that of the images about them."""
    people = len(statistics.counts)
    s_mu = statistics.person_means.T @ statistics.person_means / people
    return s_mu, statistics.within / (statistics.images - people)


def em_step(statistics: PersonStatistics, lambdas: np.ndarray, v: np.ndarray) -> Covariances:
    """The next S_mu and S_eps: the expected covariances of mu and of eps.

    In the basis V the mu of a person whose m images have the mean y is, along each dimension by itself, as likely as
    N(m l / (1 + m l) y, l / (1 + m l)), where l is its lambda.
    """
    m = statistics.counts[:, None]
    y = statistics.person_means @ v
    left_open = lambdas / (1 + m * lambdas)
    mu = m * left_open * y
    eps = np.sqrt(m) * (y - mu)  # of the mean of the m images; how they lie about it is statistics.within
    s_mu = mu.T @ mu + np.diag(np.sum(left_open, axis=0))
    s_eps = eps.T @ eps + np.diag(np.sum(m * left_open, axis=0))
    back = np.linalg.inv(v)
    return (
        back.T @ s_mu @ back / len(m),
        (back.T @ s_eps @ back + statistics.within) / statistics.images,
    )
