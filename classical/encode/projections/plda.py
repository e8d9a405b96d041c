"""PLDA: the likelihood ratio that two faces show one person, people differing in few dimensions (Prince, Elder 2007).

The model is learned by EM in classical/encode/identity_model/plda.py; LikelihoodRatio in two_covariance.py beside it
turns it into one vector a face. Put whitened_pca before it: covariances of all dimensions are computed.
"""

from typing import Annotated, Literal

import numpy as np

from eigen2arc.classical.encode.identity_model.plda import fit_plda
from eigen2arc.classical.encode.identity_model.two_covariance import LikelihoodRatio, diagonalize, person_statistics
from eigen2arc.classical.estimators.base import VectorProjection
from eigen2arc.core.bounds import Count, Ge, Le, Share


class PLDA(VectorProjection):
    """The projection of PLDA.

    ratio_ : the LikelihoodRatio of what was learned.

    dimensions : in which people differ, at most. iterations : EM steps at most. tolerance : it stops once a step gains
    less than so many nats of log likelihood an image. shrinkage : how far the scatter within people is drawn towards a
    ball; "auto" is the share of Ledoit and Wolf.
    """

    matcher = "joint_bayesian"
    ratio_: LikelihoodRatio

    def __init__(
        self,
        dimensions: Count = 100,
        iterations: Annotated[int, Ge(1), Le(10_000)] = 50,
        tolerance: Annotated[float, Ge(0)] = 1e-3,
        shrinkage: Share | Literal["auto"] = 0.0,
    ) -> None:
        self.dimensions = dimensions
        self.iterations = iterations
        self.tolerance = tolerance
        self.shrinkage = shrinkage

    def fit(self, vectors: np.ndarray, labels: np.ndarray) -> "PLDA":
        """Learn from (N, D) vectors of the people ``labels`` (N,). Raises UserError if nobody has two."""
        vectors, labels = self.training_vectors(vectors), np.asarray(labels)
        statistics = person_statistics(vectors, labels, self.shrinkage)
        model = fit_plda(statistics, self.dimensions, self.iterations, self.tolerance)
        lambdas, v = diagonalize(model.s_mu, model.s_eps)
        k = min(self.dimensions, len(lambdas))
        self.ratio_ = LikelihoodRatio.of(statistics.mean, v[:, :k], lambdas[:k])
        return self

    def transform(self, vectors: np.ndarray) -> np.ndarray:
        """Project vectors (N, D) to (N, dimensions + 1) float32, the last entry the face's own term.

        Raises UserError before fit.
        """
        vectors = self.new_vectors(vectors)
        return self.ratio_.transform(vectors)


build = PLDA
