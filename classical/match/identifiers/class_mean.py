"""Nearest class mean: a person is the mean of his or her vectors, and a face is whose mean is nearest.

The best rule there is where everybody's vectors spread alike in every direction round their mean: linear discriminant
analysis with Sigma = sigma^2 I and equal priors (T. Hastie, R. Tibshirani, J. Friedman, "The Elements of Statistical
Learning", 2nd ed. 2009, section 4.3). One vector a person is enough.
"""

from typing import Literal

import numpy as np
from scipy.spatial.distance import cdist

from ._enrollment import EnrolledIdentifier, Enrollment
from ._vector_metric import prepared


class ClassMean(EnrolledIdentifier):
    """The identifier of class means.

    people_ : (C,) labels in the order of score's columns. means_ : (C, D) float64.

    metric : by what vectors are compared.
    """

    def __init__(
        self,
        metric: Literal["cosine", "euclidean"] = "cosine",
    ) -> None:
        self.metric = metric

    def fit(self, vectors: np.ndarray, labels: np.ndarray) -> "ClassMean":
        """Learn from (N, D) float32 vectors of the people ``labels`` (N,).

        With the metric "cosine" vectors, and then their means, are brought to length 1: a long vector counts no more
        than a short one. Raises ValueError for arrays of other shapes, or that hold NaN.
        """
        enrollment = Enrollment.of(vectors, labels, "class_mean")
        means = np.zeros((len(enrollment.people), enrollment.dimensions))
        np.add.at(means, enrollment.index, prepared(vectors, self.metric))
        means /= np.bincount(enrollment.index)[:, None]
        self.means_ = prepared(means, self.metric)
        self.enrollment_ = enrollment
        return self

    def score(self, vectors: np.ndarray) -> np.ndarray:
        """Score vectors (M, D) as (M, C) float32: the distance from each person's mean, negated.

        Raises UserError before fit.
        """
        return self.enrolled().one_by_one(vectors, lambda block: -cdist(prepared(block, self.metric), self.means_))


build = ClassMean
