"""Probabilistic decision-based neural network, one sub-network a person (Lin, Kung and Lin 1997): a piece of history.

The algorithm stands in classical/match/identifiers/_decision_based_network.py. For vectors of some hundred dimensions,
as of Eigenfaces. One vector a person is enough, but it tells little of how that person varies.
"""

import numpy as np

from eigen2arc.core.errors import UserError

from ._decision_based_network import learn_globally, learn_locally, learn_thresholds
from ._enrolment import Enrolment, fitted


class DecisionNetworkIdentifier:
    """people_ : (C,) labels in the order of score's columns. network_ : DecisionNetwork."""

    def __init__(self, clusters: int, rate: float, softness: float, sweeps: int) -> None:
        self.clusters = clusters
        self.rate = rate
        self.softness = softness
        self.sweeps = sweeps
        self.enrolment_: Enrolment | None = None

    @property
    def people_(self) -> np.ndarray:
        return fitted(self.enrolment_, "decision_network").people

    def fit(self, vectors: np.ndarray, labels: np.ndarray) -> "DecisionNetworkIdentifier":
        """Learn from (N, D) float32 vectors of the people ``labels`` (N,): networks alone, together, then thresholds.

        Raises ValueError for arrays of other shapes, or that hold NaN.
        """
        enrolment = Enrolment.of(vectors, labels, "decision_network")
        x = vectors.astype(np.float64)
        self.network_ = learn_locally(x, enrolment.index, self.clusters)
        for learn in (learn_globally, learn_thresholds):
            learn(self.network_, x, enrolment.index, self.rate, self.softness, self.sweeps)
        self.enrolment_ = enrolment
        return self

    def score(self, vectors: np.ndarray) -> np.ndarray:
        """(M, D) to (M, C) float32: phi, each person's log likelihood per dimension. Raises UserError before fit."""
        return fitted(self.enrolment_, "decision_network").one_by_one(vectors, self._phi)

    def accepts(self, vectors: np.ndarray) -> np.ndarray:
        """(M, D) to (M,) bool: whether phi of the likeliest person reaches his or her threshold T_i.

        False says: nobody whom the networks know. Raises UserError before fit.
        """
        phi = self.score(vectors)
        likeliest = phi.argmax(axis=1)
        return np.asarray(phi[np.arange(len(phi)), likeliest] >= self.network_.thresholds[likeliest])

    def _phi(self, block: np.ndarray) -> np.ndarray:
        return np.stack([self.network_.phi(x) for x in block.astype(np.float64)])


def build(
    *, clusters: int = 1, rate: float = 0.2, softness: float = 0.5, sweeps: int = 50
) -> DecisionNetworkIdentifier:
    """clusters : Gaussians a person, at most. rate : eta, the learning rate. sweeps : over all images, at most.

    softness : xi, in nats per dimension: how far from the border a wrong decision still teaches. Raises UserError.
    """
    if clusters < 1 or sweeps < 1 or not 0 < rate <= 1 or not softness > 0:
        raise UserError(
            "decision_network: expected clusters and sweeps of at least 1, rate above 0 to 1 and softness above 0, "
            f"got {clusters}, {sweeps}, {rate:g} and {softness:g}"
        )
    return DecisionNetworkIdentifier(clusters, rate, softness, sweeps)
