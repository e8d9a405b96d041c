"""Random forest: the share of many deep trees that name a person (Breiman 2001).

L. Breiman, "Random Forests", Machine Learning 45, 2001; grown by scikit-learn. A tree asks for one dimension at a time
and whether it is above a value, so units do not matter and nothing is standardised. One vector a person is allowed, but
a tree does not see a third of the vectors: two or more are better.
"""

from typing import Annotated

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from eigen2arc.core.bounds import Ge, Le, Seed

from ._enrollment import EnrolledIdentifier, Enrollment


class RandomForest(EnrolledIdentifier):
    """The identifier of a random forest.

    people_ : (C,) labels in the order of score's columns. forest_ : the library's.

    trees : how many. seed : of the draws.
    """

    def __init__(
        self,
        trees: Annotated[int, Ge(1), Le(10_000)] = 500,
        seed: Seed = 0,
    ) -> None:
        self.trees = trees
        self.seed = seed

    def fit(self, vectors: np.ndarray, labels: np.ndarray) -> "RandomForest":
        """Learn from (N, D) float32 vectors of the people ``labels`` (N,).

        Raises ValueError for arrays of other shapes, or that hold NaN.
        """
        enrollment = Enrollment.of(vectors, labels, "random_forest")
        self.forest_ = RandomForestClassifier(self.trees, random_state=self.seed).fit(vectors, enrollment.index)
        self.enrollment_ = enrollment
        return self

    def score(self, vectors: np.ndarray) -> np.ndarray:
        """Score vectors (M, D) as (M, C) float32, 0..1, in sum 1.

        A score is the mean over the trees of each person's share in the leaf. Raises UserError before fit.
        """
        return self.enrolled().one_by_one(vectors, self.forest_.predict_proba)


build = RandomForest
