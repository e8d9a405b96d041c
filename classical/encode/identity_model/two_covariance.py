"""The two-covariance model: a face is x = mu + eps, the person and the image, both Gaussian.

mu ~ N(0, S_mu) is the same in all images of a person, eps ~ N(0, S_eps) is new in each. D. Chen, X. Cao, L. Wang,
F. Wen, J. Sun, "Bayesian Face Revisited: A Joint Formulation", ECCV 2012, section 3.1. joint_bayesian.py and plda.py
differ in what they let S_mu be, and so in their EM step; what they share is here: what the model sees of the data, its
likelihood, the EM loop, and the ratio that compares two faces.

There is a V with V^T S_eps V = I and V^T S_mu V = diag(lambda) (a generalised eigenproblem). The dimensions of
y = V^T x are independent, so that there is nothing to invert for people of each number m of images, which the paper's
section 3.2 is at pains to make fast.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.linalg

from eigen2arc.classical.linear.lda import class_means, shrunk_within
from eigen2arc.classical.linear.projection import LinearProjection
from eigen2arc.classical.linear.shrinkage import Shrinkage
from eigen2arc.core.checks import check_shape
from eigen2arc.core.errors import UserError

#: S_mu and S_eps, (d, d) float64 each.
Covariances = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class PersonStatistics:
    """All that the likelihood of the model is a function of: means, and the scatter about them, all float64.

    mean : (d,), of all images. person_means : (P, d), less ``mean``. counts : (P,), the images m of each person.
    within : (d, d) scatter S_W of the images about their person's mean, positive definite.
    """

    mean: np.ndarray
    person_means: np.ndarray
    counts: np.ndarray
    within: np.ndarray

    @property
    def images(self) -> int:
        return int(self.counts.sum())


def person_statistics(vectors: np.ndarray, labels: np.ndarray, shrinkage: Shrinkage) -> PersonStatistics:
    """Compute the statistics of vectors (N, d) of the people ``labels`` (N,), with S_W shrunk as in shrinkage.py.

    Raises UserError for fewer than two people, if nobody has two images, or if S_W is singular all the same.
    """
    check_shape(labels, str(len(vectors)), "labels")
    x = vectors.astype(np.float64)
    means, index, counts = class_means(x, labels)
    if len(counts) < 2 or counts.max() < 2:
        raise UserError(
            "how images of one person differ is learned from people with two or more images: "
            f"got {len(x)} images of {len(counts)} people"
        )
    mean = x.mean(axis=0)
    return PersonStatistics(mean, means - mean, counts, shrunk_within(x, means, index, shrinkage))


@dataclass(frozen=True)
class TwoCovarianceModel:
    """A fitted model: both covariances, and how EM reached them.

    s_mu, s_eps : (d, d) float64, covariances of people and of images of one person. log_likelihoods : of the data at
    the start and after each step, per image, in nats and without the constant of pi.
    """

    s_mu: np.ndarray
    s_eps: np.ndarray
    log_likelihoods: tuple[float, ...]


#: An EM step: the data, lambda (d,) and V (d, d) of the current model, to the covariances of the next.
EMStep = Callable[[PersonStatistics, np.ndarray, np.ndarray], Covariances]


def initial_covariances(statistics: PersonStatistics) -> Covariances:
    """Compute the S_mu and S_eps that EM begins with: of the people's means, and of the images about them."""
    people = len(statistics.counts)
    s_mu = statistics.person_means.T @ statistics.person_means / people
    return s_mu, statistics.within / (statistics.images - people)


def fit_by_em(
    statistics: PersonStatistics, first: Covariances, em_step: EMStep, iterations: int, tolerance: float
) -> TwoCovarianceModel:
    """Run EM from the covariances ``first``, ``iterations`` steps at most.

    It stops once a step gains less than ``tolerance`` nats of log-likelihood an image.
    """
    covariances = first
    reached: list[float] = []
    while True:
        lambdas, v = diagonalize(*covariances)
        reached.append(log_likelihood(statistics, lambdas, v))
        converged = len(reached) > 1 and reached[-1] - reached[-2] < tolerance
        if converged or len(reached) > iterations:
            return TwoCovarianceModel(*covariances, tuple(reached))
        covariances = em_step(statistics, lambdas, v)


def diagonalize(s_mu: np.ndarray, s_eps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute lambda (d,), falling, and V (d, d) with V^T S_eps V = I and V^T S_mu V = diag(lambda)."""
    lambdas, v = scipy.linalg.eigh(s_mu, s_eps)
    return lambdas[::-1].clip(0), v[:, ::-1]


def log_likelihood(statistics: PersonStatistics, lambdas: np.ndarray, v: np.ndarray) -> float:
    """Compute the log-likelihood of the data per image, in nats, without -d/2 log 2 pi.

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


@dataclass(frozen=True)
class LikelihoodRatio:
    """One person or two? The model's likelihood ratio of a pair of faces, as a sum over dimensions and a dot product.

    Two images x_1, x_2 show one person (H_I: mu is shared) or two (H_E). Chen et al., eq. (4):

        r(x_1, x_2) = log P(x_1, x_2 | H_I) / P(x_1, x_2 | H_E) = x_1^T A x_1 + x_2^T A x_2 - 2 x_1^T G x_2 + constant.

    Along one dimension of y = V^T x, (y_1, y_2) has under H_I the covariance [[1 + l, l], [l, 1 + l]], with determinant
    1 + 2 l, under H_E the diagonal of it, with determinant (1 + l)^2, where l is its lambda. So it adds

        log (1 + l) - 1/2 log (1 + 2 l)  +  l / (1 + 2 l)  y_1 y_2  -  1/2  l^2 / ((1 + l)(1 + 2 l))  (y_1^2 + y_2^2).

    With v_k = sqrt(l_k / (1 + 2 l_k)) y_k the last term is -1/2 l / (1 + l) v^2 for each image. So a face is (v, o), o
    its own part of the last term and half of the constant, and r = v_1 . v_2 + o_1 + o_2: nothing of the model is left.

    mean : (D,). axes : (K, D), the rows sqrt(l / (1 + 2 l)) V^T. own : (K,), l / (1 + l). constant : (1,), half the
    constant. All float32.
    """

    SHAPES: ClassVar[dict[str, str]] = {"mean": "D", "axes": "K D", "own": "K", "constant": "1"}

    mean: np.ndarray
    axes: np.ndarray
    own: np.ndarray
    constant: np.ndarray

    @classmethod
    def of(cls, mean: np.ndarray, v: np.ndarray, lambdas: np.ndarray) -> "LikelihoodRatio":
        """Build the ratio from the mean (D,), V (D, K) and lambda (K,), not below 0.

        Dimensions in which lambda is 0 may be left out.
        """
        halved = 0.5 * np.sum(np.log1p(lambdas) - 0.5 * np.log1p(2 * lambdas))
        axes = np.sqrt(lambdas / (1 + 2 * lambdas))[:, None] * v.T
        parts = (mean, axes, lambdas / (1 + lambdas), np.array([halved]))
        return cls(*(np.ascontiguousarray(part, dtype=np.float32) for part in parts))

    def tensors(self) -> dict[str, np.ndarray]:
        return {"mean": self.mean, "axes": self.axes, "own": self.own, "constant": self.constant}

    def transform(self, vectors: np.ndarray) -> np.ndarray:
        """Project vectors (N, D) to (v, o), (N, K + 1) float32, for the matcher joint_bayesian."""
        v = LinearProjection(self.mean, self.axes).transform(vectors)
        o = self.constant - 0.5 * np.sum(v.astype(np.float64) ** 2 * self.own, axis=1)
        return np.concatenate([v, o[:, None].astype(np.float32)], axis=1)
