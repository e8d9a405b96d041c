"""What identifiers have in common: whom they were fitted on, and vectors that are scored row by row."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from eigen2arc.classical.estimators.base import Estimator
from eigen2arc.core.checks import check_finite, check_shape
from eigen2arc.core.errors import UserError

#: Vectors whose distances from all others are in memory at once.
BLOCK = 64


@dataclass(frozen=True)
class Enrollment:
    """The people whom an identifier was fitted on.

    people : (C,) int64, ascending; score's columns. index : (N,) int64, each vector's index in people.

    dimensions : D of the vectors.
    """

    people: np.ndarray
    index: np.ndarray
    dimensions: int

    @classmethod
    def of(cls, vectors: np.ndarray, labels: np.ndarray, name: str, least: int = 1) -> "Enrollment":
        """Check and index vectors (N, D) and labels (N,) of the people to enrol.

        least : people that the identifier ``name`` needs. Raises ValueError for other shapes and values that are not
        finite, UserError for too few people.
        """
        sizes = check_shape(vectors, "N D", "vectors")
        check_shape(labels, str(sizes["N"]), "labels")
        check_finite(vectors, "vectors")
        people, index = np.unique(labels, return_inverse=True)
        if len(people) < least:
            raise UserError(f"{name}: needs vectors of at least {least} people, got those of {len(people)}")
        return cls(people.astype(np.int64), index, sizes["D"])

    def one_by_one(self, vectors: np.ndarray, score: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """Score vectors (M, D) as (M, C) float32 by ``score``, which takes (B, D) to (B, C), each row for itself.

        A row that holds NaN, a face that could not be read, gets NaN. Raises ValueError for vectors of another length.
        """
        check_shape(vectors, f"M {self.dimensions}", "vectors")
        scores = np.full((len(vectors), len(self.people)), np.nan, np.float32)
        readable = np.flatnonzero(np.isfinite(vectors).all(axis=1))
        for start in range(0, len(readable), BLOCK):
            rows = readable[start : start + BLOCK]
            scores[rows] = score(vectors[rows])
        return scores


class EnrolledIdentifier(Estimator):
    """The base of identifiers.

    enrollment_ : Enrollment, of those it was fitted on.
    """

    enrollment_: Enrollment

    FIT_FIRST = "call fit with the vectors of the people and their labels"

    @property
    def people_(self) -> np.ndarray:
        """(C,) int64 labels in the order of score's columns."""
        return self.enrolled().people

    def enrolled(self) -> Enrollment:
        """Return the people it was fitted on. Raises UserError before fit."""
        self.check_fitted()
        return self.enrollment_
