"""Probabilistic decision-based neural network: a mixture of Gaussians for each person (Lin, Kung and Lin 1997).

S.-H. Lin, S.-Y. Kung, L.-J. Lin, "Face Recognition/Detection by Probabilistic Decision-Based Neural Network", IEEE
Trans. Neural Networks 8(1), 1997. The network of person omega_i is a mixture of Gaussians with elliptic
basis functions (diagonal Sigma_r), and its output is the discriminant function

    phi(x, w_i) = log sum_r P(Theta_r | omega_i) p(x | omega_i, Theta_r).

Learning is locally unsupervised, globally supervised: each network first fits its own person's faces, by EM; then the
networks see one another's, and only wrong decisions teach. A face is of the person with the largest phi, or of nobody
known where that is below the person's threshold T_i.

Ours: phi per dimension, so that one setting suits short and long vectors; variances drawn towards those within all
people, because a few images cannot tell a hundred of them; steps in units of the ellipses' axes; mixture weights that
stay as EM leaves them.

A piece of history, for vectors of some hundred dimensions, as of Eigenfaces. One vector a person is enough, but it
tells little of how that person varies.
"""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from scipy.special import expit, logsumexp

from eigen2arc.core.bounds import Ge, Gt, Le, Positive

from ._enrollment import EnrolledIdentifier, Enrollment

#: For so many images the variances common to all people count, next to those of a cluster's own images.
PRIOR_IMAGES = 5.0

#: No variance is below this share of the largest one: where nothing varies, rounding would decide.
LEAST_VARIANCE = 1e-6

EM_ROUNDS = 20


@dataclass(frozen=True)
class DecisionNetwork:
    """C sub-networks of R clusters in D dimensions; learning changes these arrays, all float64.

    log_p : (C, R), log P(Theta_r | omega_i); -inf for a cluster that a person does not have. mu : (C, R, D), centres.
    log_var : (C, R, D), the logarithm of Sigma_r's diagonal. thresholds : (C,), T_i.
    """

    log_p: np.ndarray
    mu: np.ndarray
    log_var: np.ndarray
    thresholds: np.ndarray

    def phi(self, x: np.ndarray) -> np.ndarray:
        """Compute the discriminant functions of x (D,), per dimension: (C,)."""
        return np.asarray(logsumexp(self.log_p + _log_gaussian(x, self.mu, self.log_var), axis=1)) / len(x)

    def reinforce(self, i: int, x: np.ndarray, step: float) -> None:
        """Reinforce network i at x (D,): w_i += step * d phi(x, w_i) / d w_i; a step below 0 damps it.

        Each cluster learns by its share h_r = P(Theta_r | x, omega_i) in the output: its centre goes towards x, and
        its ellipse widens along the axes on which x lies outside.
        """
        joint = self.log_p[i] + _log_gaussian(x, self.mu[i], self.log_var[i])
        h = np.exp(joint - logsumexp(joint))[:, None]
        away = x - self.mu[i]
        outside = away**2 * np.exp(-self.log_var[i]) - 1
        self.mu[i] += step * h * away
        self.log_var[i] += step * h * np.clip(outside / 2, -1, 1)  # far outside, one step would blow the ellipse up


def _log_gaussian(x: np.ndarray, mu: np.ndarray, log_var: np.ndarray) -> np.ndarray:
    return np.asarray(-0.5 * np.sum((x - mu) ** 2 * np.exp(-log_var) + log_var + np.log(2 * np.pi), axis=-1))


def learn_locally(x: np.ndarray, index: np.ndarray, clusters: int) -> DecisionNetwork:
    """Fit each person's mixture to his or her own images x (N, D) float64, of the person ``index`` (N,), by EM.

    A person has as many clusters as different images, at most ``clusters``. Thresholds are left at 0.
    """
    people, common = int(index.max()) + 1, _common_variance(x, index)
    network = DecisionNetwork(
        np.full((people, clusters), -np.inf),
        np.zeros((people, clusters, x.shape[1])),
        np.tile(np.log(common), (people, clusters, 1)),
        np.zeros(people),
    )
    for i in range(people):
        own = x[index == i]
        mu = _far_apart(own, clusters)
        r = slice(0, len(mu))
        network.log_p[i, r], network.mu[i, r], network.log_var[i, r] = _expectation_maximisation(own, mu, common)
    return network


def _common_variance(x: np.ndarray, index: np.ndarray) -> np.ndarray:
    """(D,): that within people; that of all images where nobody has two."""
    counts = np.bincount(index)
    means = np.zeros((len(counts), x.shape[1]))
    np.add.at(means, index, x)
    within = x - (means / counts[:, None])[index]
    repeats = len(x) - len(counts)
    variance = np.sum(within**2, axis=0) / repeats if repeats else np.var(x, axis=0)
    return np.maximum(variance, LEAST_VARIANCE * (variance.max() or 1.0))


def _far_apart(own: np.ndarray, clusters: int) -> np.ndarray:
    """(R, D) first centres: the image nearest the mean, then again and again the one farthest from all chosen."""
    first = np.sum((own - own.mean(axis=0)) ** 2, axis=1).argmin()
    centres = [own[first]]
    while len(centres) < clusters:
        distances = np.min([np.sum((own - centre) ** 2, axis=1) for centre in centres], axis=0)
        if distances.max() == 0:
            break
        centres.append(own[distances.argmax()])
    return np.stack(centres)


def _expectation_maximisation(
    own: np.ndarray, mu: np.ndarray, common: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """log_p (R,), mu (R, D) and log_var (R, D) of one person's images, from centres ``mu``."""
    nearest = np.sum((own[:, None] - mu) ** 2, axis=2).argmin(axis=1)
    h = np.eye(len(mu))[nearest]
    for _ in range(EM_ROUNDS):
        counts = np.maximum(h.sum(axis=0), np.finfo(np.float64).tiny)
        mu = h.T @ own / counts[:, None]
        spread = np.einsum("nr,nrd->rd", h, (own[:, None] - mu) ** 2)
        log_p = np.log(counts / counts.sum())
        log_var = np.log((spread + PRIOR_IMAGES * common) / (counts[:, None] + PRIOR_IMAGES))
        joint = log_p + _log_gaussian(own[:, None], mu, log_var)
        h = np.exp(joint - logsumexp(joint, axis=1, keepdims=True))
    return log_p, mu, log_var


def learn_globally(
    network: DecisionNetwork, x: np.ndarray, index: np.ndarray, rate: float, xi: float, sweeps: int
) -> None:
    """Learn from wrong decisions: where another's phi is larger, the own network is reinforced and that one damped.

    The penalty of a decision that is wrong by d is l(d) = 1 / (1 + exp(-d / xi)), and that of a right one 0. A step is
    eta l'(d), eta = ``rate``: much near the border, little for an image that is lost anyhow.
    """
    for _ in range(sweeps):
        wrong = 0
        for n, i in enumerate(index.tolist()):
            phi = network.phi(x[n])
            others = np.where(np.arange(len(phi)) == i, -np.inf, phi)
            challenger = int(others.argmax())
            d = others[challenger] - phi[i]
            if d > 0:
                step = rate * float(_slope(d / xi))
                network.reinforce(i, x[n], step)
                network.reinforce(challenger, x[n], -step)
                wrong += 1
        if not wrong:
            return


def learn_thresholds(
    network: DecisionNetwork, x: np.ndarray, index: np.ndarray, rate: float, xi: float, sweeps: int
) -> None:
    """Learn the thresholds by the same rule.

    T_i falls for an image of person i that it shuts out, and rises for another's that it lets in.

    d = T_i - phi for the own images, phi - T_i for the others'; steps are in units of xi. T_i starts half way between
    the own image that is hardest to let in and the other's that is hardest to shut out.
    """
    phi = np.stack([network.phi(image) for image in x])
    own = np.arange(phi.shape[1]) == index[:, None]
    hardest = np.where(own, phi, np.inf).min(axis=0), np.where(own, -np.inf, phi).max(axis=0)
    network.thresholds[:] = np.mean(hardest, axis=0) if phi.shape[1] > 1 else hardest[0]
    direction = np.where(own, -1.0, 1.0)
    for _ in range(sweeps):
        for values, sign in zip(phi, direction, strict=True):
            d = sign * (values - network.thresholds)
            network.thresholds[:] += np.where(d > 0, rate * xi * sign * _slope(d / xi), 0.0)


def _slope(d: np.ndarray) -> np.ndarray:
    """l'(d) for xi = 1, 0..1/4."""
    penalty = expit(d)
    return np.asarray(penalty * (1 - penalty))


class DecisionNetworkIdentifier(EnrolledIdentifier):
    """The decision-based network as an identifier.

    people_ : (C,) labels in the order of score's columns. network_ : DecisionNetwork.

    clusters : Gaussians a person, at most. rate : eta, the learning rate. sweeps : over all images, at most.
    softness : xi, in nats per dimension: how far from the border a wrong decision still teaches.
    """

    def __init__(
        self,
        clusters: Annotated[int, Ge(1), Le(256)] = 1,
        rate: Annotated[float, Gt(0), Le(1)] = 0.2,
        softness: Positive = 0.5,
        sweeps: Annotated[int, Ge(1), Le(10_000)] = 50,
    ) -> None:
        self.clusters = clusters
        self.rate = rate
        self.softness = softness
        self.sweeps = sweeps

    def fit(self, vectors: np.ndarray, labels: np.ndarray) -> "DecisionNetworkIdentifier":
        """Learn from (N, D) float32 vectors of the people ``labels`` (N,): each network, all, then thresholds.

        Raises ValueError for arrays of other shapes, or that hold NaN.
        """
        enrollment = Enrollment.of(vectors, labels, "decision_network")
        x = vectors.astype(np.float64)
        self.network_ = learn_locally(x, enrollment.index, self.clusters)
        for learn in (learn_globally, learn_thresholds):
            learn(self.network_, x, enrollment.index, self.rate, self.softness, self.sweeps)
        self.enrollment_ = enrollment
        return self

    def score(self, vectors: np.ndarray) -> np.ndarray:
        """Score vectors (M, D) as (M, C) float32: phi, each person's log likelihood per dimension.

        Raises UserError before fit.
        """
        return self.enrolled().one_by_one(vectors, self._phi)

    def accepts(self, vectors: np.ndarray) -> np.ndarray:
        """Tell for each of the vectors (M, D) whether phi of the likeliest person reaches that person's T_i: (M,) bool.

        False says: nobody whom the networks know. Raises UserError before fit.
        """
        phi = self.score(vectors)
        likeliest = phi.argmax(axis=1)
        return np.asarray(phi[np.arange(len(phi)), likeliest] >= self.network_.thresholds[likeliest])

    def _phi(self, block: np.ndarray) -> np.ndarray:
        return np.stack([self.network_.phi(x) for x in block.astype(np.float64)])


build = DecisionNetworkIdentifier
