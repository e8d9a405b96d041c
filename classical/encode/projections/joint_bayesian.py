"""Joint Bayesian: the likelihood ratio that two faces show one person (Chen et al. 2012).

The model is learned by EM in classical/encode/identity_model/joint_bayesian.py; LikelihoodRatio in two_covariance.py
beside it turns it into one vector a face. Put whitened_pca before it: covariances of all dimensions are computed.
"""

from typing import Annotated, Literal

import numpy as np

from eigen2arc.classical.encode.identity_model.joint_bayesian import fit_joint_bayesian
from eigen2arc.classical.encode.identity_model.two_covariance import LikelihoodRatio, diagonalize, person_statistics
from eigen2arc.classical.estimators.base import VectorProjection
from eigen2arc.core.bounds import Ge, Le, Share


class JointBayesianProjection(VectorProjection):
    """The projection of Joint Bayesian.

    ratio_ : the LikelihoodRatio of what was learned.

    iterations : EM steps at most. tolerance : it stops once a step gains less than so many nats of log likelihood an
    image. shrinkage : how far the scatter within people is drawn towards a ball, 0 in the paper; "auto" is the share of
    Ledoit and Wolf.
    """

    matcher = "joint_bayesian"
    ratio_: LikelihoodRatio

    def __init__(
        self,
        iterations: Annotated[int, Ge(1), Le(10_000)] = 50,
        tolerance: Annotated[float, Ge(0)] = 1e-3,
        shrinkage: Share | Literal["auto"] = 0.0,
    ) -> None:
        self.iterations = iterations
        self.tolerance = tolerance
        self.shrinkage = shrinkage

    def fit(self, vectors: np.ndarray, labels: np.ndarray) -> "JointBayesianProjection":
        """Learn from (N, D) vectors of the people ``labels`` (N,). Raises UserError if nobody has two."""
        vectors, labels = self.training_vectors(vectors), np.asarray(labels)
        statistics = person_statistics(vectors, labels, self.shrinkage)
        model = fit_joint_bayesian(statistics, self.iterations, self.tolerance)
        lambdas, v = diagonalize(model.s_mu, model.s_eps)
        self.ratio_ = LikelihoodRatio.of(statistics.mean, v, lambdas)
        return self

    def transform(self, vectors: np.ndarray) -> np.ndarray:
        """Project vectors (N, D) to (N, D + 1) float32, the last entry the face's own term.

        Raises UserError before fit.
        """
        vectors = self.new_vectors(vectors)
        return self.ratio_.transform(vectors)


build = JointBayesianProjection
