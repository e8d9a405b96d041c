"""The k nearest neighbours vote: a face is whose vectors are most among the k nearest (Cover and Hart 1967).

T. Cover, P. Hart, "Nearest neighbor pattern classification", IEEE Trans. Information Theory 13(1), 1967. With k = 1,
the default, it is what a matcher does with a gallery: the best image decides. One vector a person is enough.
"""

from typing import Literal

import numpy as np
from scipy.spatial.distance import cdist

from eigen2arc.core.bounds import Count
from eigen2arc.core.errors import UserError

from ._enrollment import EnrolledIdentifier, Enrollment
from ._vector_metric import prepared


class NearestNeighbours(EnrolledIdentifier):
    """The identifier of k nearest neighbours.

    people_ : (C,) labels in the order of score's columns. gallery_ : (N, D) float64.

    k : how many neighbours vote. metric : by what vectors are compared.
    """

    def __init__(
        self,
        k: Count = 1,
        metric: Literal["cosine", "euclidean"] = "cosine",
    ) -> None:
        self.k = k
        self.metric = metric

    def fit(self, vectors: np.ndarray, labels: np.ndarray) -> "NearestNeighbours":
        """Store (N, D) float32 vectors of the people ``labels`` (N,). Raises UserError for fewer vectors than k.

        Raises ValueError for arrays of other shapes, or that hold NaN.
        """
        enrollment = Enrollment.of(vectors, labels, "nearest_neighbours")
        if len(vectors) < self.k:
            raise UserError(f"nearest_neighbours: k = {self.k} neighbours asked of {len(vectors)} vectors: lower k")
        self.gallery_ = prepared(vectors, self.metric)
        self.enrollment_ = enrollment
        return self

    def score(self, vectors: np.ndarray) -> np.ndarray:
        """Score vectors (M, D) as (M, C) float32: votes among the k nearest, less a fraction that breaks ties.

        The fraction is the share of people who have a vector that is nearer than the person's nearest: so the nearer
        one of two with as many votes comes first. Raises UserError before fit.
        """
        return self.enrolled().one_by_one(vectors, self._votes)

    def _votes(self, block: np.ndarray) -> np.ndarray:
        enrollment = self.enrollment_
        distances = cdist(prepared(block, self.metric), self.gallery_)
        nearest = np.full((len(enrollment.people), len(block)), np.inf)
        np.minimum.at(nearest, enrollment.index, distances.T)
        rank = nearest.argsort(axis=0, kind="stable").argsort(axis=0)
        voters = enrollment.index[distances.argsort(axis=1, kind="stable")[:, : self.k]]
        votes = np.zeros((len(block), len(enrollment.people)))
        np.add.at(votes, (np.arange(len(block))[:, None], voters), 1)
        return np.asarray(votes - rank.T / len(enrollment.people))


build = NearestNeighbours
