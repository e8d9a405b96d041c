"""Linear support vector machines, one a person against all others (Cortes and Vapnik 1995).

C. Cortes, V. Vapnik, "Support-Vector Networks", Machine Learning 20, 1995; by scikit-learn's LinearSVC (LIBLINEAR,
squared hinge loss), on vectors that are centred and brought to one scale. One vector a person is enough.
"""

import numpy as np
from sklearn.svm import LinearSVC

from eigen2arc.classical.linear.batch_invariant_product import fixed_order_product
from eigen2arc.classical.linear.global_scale import GlobalScale
from eigen2arc.core.bounds import Positive, Seed

from ._enrollment import EnrolledIdentifier, Enrollment


class LinearSVM(EnrolledIdentifier):
    """The identifier of linear support vector machines.

    people_ : (C,) labels in the order of score's columns. normals_ : (C, D) float64. biases_ : (C,) float64.

    c : what a vector inside the margin costs. seed : of the solver.
    """

    def __init__(
        self,
        c: Positive = 1.0,
        seed: Seed = 0,
    ) -> None:
        self.c = c
        self.seed = seed

    def fit(self, vectors: np.ndarray, labels: np.ndarray) -> "LinearSVM":
        """Learn from (N, D) float32 vectors of the people ``labels`` (N,). Raises UserError for fewer than two people.

        Raises ValueError for arrays of other shapes, or that hold NaN.
        """
        enrollment = Enrollment.of(vectors, labels, "linear_svm", least=2)
        scale = GlobalScale.of(vectors)
        machine = LinearSVC(C=self.c, random_state=self.seed, max_iter=100_000)
        machine.fit(scale(vectors), enrollment.index)
        # Of two people the library learns one hyperplane, on the second one's side.
        normals, biases = machine.coef_, machine.intercept_
        if len(enrollment.people) == 2:
            normals, biases = np.concatenate([-normals, normals]), np.concatenate([-biases, biases])
        self.normals_ = normals * scale.inverse
        self.biases_ = biases - self.normals_ @ scale.mean
        self.enrollment_ = enrollment
        return self

    def score(self, vectors: np.ndarray) -> np.ndarray:
        """Score vectors (M, D) as (M, C) float32: above 0 on each person's side of his or her hyperplane, in margins.

        Raises UserError before fit.
        """
        return self.enrolled().one_by_one(
            vectors, lambda block: fixed_order_product(block.astype(np.float64), self.normals_) + self.biases_
        )


build = LinearSVM
