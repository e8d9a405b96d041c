"""Nearest class mean: a person is the mean of his or her vectors, and a face is whose mean is nearest.

The best rule there is where everybody's vectors spread alike in every direction round their mean: linear discriminant
analysis with Sigma = sigma^2 I and equal priors (T. Hastie, R. Tibshirani, J. Friedman, "The Elements of Statistical
Learning", 2nd ed. 2009, section 4.3). One vector a person is enough.
"""

import numpy as np
from scipy.spatial.distance import cdist

from ._enrolment import Enrolment, fitted
from ._vector_metric import check_metric, prepared


class ClassMean:
    """people_ : (C,) labels in the order of score's columns. means_ : (C, D) float64."""

    def __init__(self, metric: str) -> None:
        self.metric = metric
        self.enrolment_: Enrolment | None = None

    @property
    def people_(self) -> np.ndarray:
        return fitted(self.enrolment_, "class_mean").people

    def fit(self, vectors: np.ndarray, labels: np.ndarray) -> "ClassMean":
        """Learn from (N, D) float32 vectors of the people ``labels`` (N,).

        With the metric "cosine" vectors, and then their means, are brought to length 1: a long vector counts no more
        than a short one. Raises ValueError for arrays of other shapes, or that hold NaN.
        """
        enrolment = Enrolment.of(vectors, labels, "class_mean")
        means = np.zeros((len(enrolment.people), enrolment.dimensions))
        np.add.at(means, enrolment.index, prepared(vectors, self.metric))
        means /= np.bincount(enrolment.index)[:, None]
        self.means_ = prepared(means, self.metric)
        self.enrolment_ = enrolment
        return self

    def score(self, vectors: np.ndarray) -> np.ndarray:
        """(M, D) to (M, C) float32: the distance from each person's mean, negated. Raises UserError before fit."""
        return fitted(self.enrolment_, "class_mean").one_by_one(
            vectors, lambda block: -cdist(prepared(block, self.metric), self.means_)
        )


def build(*, metric: str = "cosine") -> ClassMean:
    """metric : "cosine" or "euclidean". Raises UserError."""
    check_metric(metric, "class_mean")
    return ClassMean(metric)
