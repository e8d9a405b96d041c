"""Support vector machines with a Gaussian kernel, one a person against all others (Boser, Guyon and Vapnik 1992).

B. Boser, I. Guyon, V. Vapnik, "A Training Algorithm for Optimal Margin Classifiers", COLT 1992; by scikit-learn's SVC
(LIBSVM), on vectors that are centred and brought to one scale. One vector a person is enough. For some hundred people:
every machine compares with all vectors.
"""

import numpy as np
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import SVC

from eigen2arc.classical.linear.global_scale import GlobalScale
from eigen2arc.core.bounds import Positive

from ._enrollment import EnrolledIdentifier, Enrollment


class RBFSVM(EnrolledIdentifier):
    """The identifier of support vector machines with a Gaussian kernel.

    people_ : (C,) labels in the order of score's columns. machine_ : the library's, on vectors of one scale_.

    c : what a vector on the wrong side costs. width : of the Gaussian exp(-|x - y|^2 / width^2), with the vectors' mean
    distance from their centre as 1.
    """

    def __init__(
        self,
        c: Positive = 10.0,
        width: Positive = 2.0,
    ) -> None:
        self.c = c
        self.width = width

    def fit(self, vectors: np.ndarray, labels: np.ndarray) -> "RBFSVM":
        """Learn from (N, D) float32 vectors of the people ``labels`` (N,). Raises UserError for fewer than two people.

        Raises ValueError for arrays of other shapes, or that hold NaN.
        """
        enrollment = Enrollment.of(vectors, labels, "rbf_svm", least=2)
        self.scale_ = GlobalScale.of(vectors)
        self.machine_ = OneVsRestClassifier(SVC(C=self.c, gamma=1 / self.width**2))
        self.machine_.fit(self.scale_(vectors), enrollment.index)
        self.enrollment_ = enrollment
        return self

    def score(self, vectors: np.ndarray) -> np.ndarray:
        """Score vectors (M, D) as (M, C) float32, above 0 on each person's side. Raises UserError before fit."""
        return self.enrolled().one_by_one(vectors, self._decide)

    def _decide(self, block: np.ndarray) -> np.ndarray:
        values = self.machine_.decision_function(self.scale_(block))
        return np.asarray(values if values.ndim == 2 else np.stack([-values, values], axis=1))


build = RBFSVM
