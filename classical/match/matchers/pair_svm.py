"""A support vector machine that learns from pairs how much each difference tells: same person, or two people?

The difference of two faces as one sample of two classes is P. J. Phillips's ("Support Vector Machines Applied to Face
Recognition", NIPS 1998); taking |a - b| and the product a b, entry by entry, so that the order of the two plays no
part, is how N. Kumar, A. Berg, P. Belhumeur, S. Nayar, "Attribute and Simile Classifiers for Face Verification", ICCV
2009, compare vectors. Needs pairs and nobody's name: LFW's image-restricted protocol.
"""

from typing import Any

import numpy as np
from numba import njit, prange

from eigen2arc.classical.estimators.base import Estimator
from eigen2arc.classical.linear.standardize import Standardize
from eigen2arc.core import plugins
from eigen2arc.core.bounds import Positive
from eigen2arc.core.checks import check_finite, check_shape
from eigen2arc.core.errors import UserError

_MOST = float(np.finfo(np.float32).max)


class PairSVM(Estimator):
    """A linear SVM on pairs of vectors.

    f(a, b) = sum_d u_d |a_d - b_d| + v_d a_d b_d + bias of the standardized a and b; above 0 for the same person.
    standardize_ : of the D dimensions. u_, v_ : (D,) float32. bias_ : float.

    c : what a pair inside the margin costs. Vectors of length 1 (projection unit_length) suit it best.
    """

    standardize_: Standardize

    FIT_FIRST = "call fit with pairs, and which are of the same person"

    def __init__(
        self,
        c: Positive = 0.0001,
    ) -> None:
        self.c = c

    def fit(self, a: np.ndarray, b: np.ndarray, same: np.ndarray) -> "PairSVM":
        """Learn from pairs (P, D) and (P, D) float32, same (P,) bool. Raises UserError where one kind is missing.

        Raises ValueError for arrays of other shapes, or that hold NaN.
        """
        _check_pairs(a, b)
        check_shape(same, str(len(a)), "same")
        check_finite(a, "a")
        check_finite(b, "b")
        genuine = int(np.count_nonzero(same))
        if not 0 < genuine < len(same):
            raise UserError(
                "pair_svm learns from pairs of the same person and of two people, "
                f"got {genuine} and {len(same) - genuine}"
            )
        standardize = Standardize.of(np.concatenate([a, b]))
        z_a, z_b = standardize(a), standardize(b)
        features = np.concatenate([np.abs(z_a - z_b), z_a * z_b], axis=1)
        machine: Any = plugins.build("classifier", "linear_svm", c=self.c).fit(features, same)
        self.u_, self.v_ = np.split(machine.normal_, 2)
        self.bias_ = float(machine.bias_[0])
        self.standardize_ = standardize
        return self

    def score(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Score every pair of (N, D) and (M, D): (N, M) float32, in margins. Raises UserError before fit."""
        self.check_fitted()
        check_shape(a, f"N {len(self.u_)}", "a")
        check_shape(b, f"M {len(self.u_)}", "b")
        return _float32(_every(self.standardize_(a), self.standardize_(b), self.u_, self.v_, self.bias_))

    def score_pairs(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Score (P, D) and (P, D) row by row: (P,) float32, in margins. Raises UserError before fit."""
        self.check_fitted()
        check_shape(a, f"P {len(self.u_)}", "a")
        _check_pairs(a, b)
        return _float32(_row_by_row(self.standardize_(a), self.standardize_(b), self.u_, self.v_, self.bias_))


def _check_pairs(a: np.ndarray, b: np.ndarray) -> None:
    check_shape(a, "P D", "a")
    check_shape(b, f"{a.shape[0]} {a.shape[1]}", "b")


@njit(cache=True)
def _value(a: np.ndarray, b: np.ndarray, u: np.ndarray, v: np.ndarray, bias: float) -> float:
    total = bias
    for d in range(len(u)):
        x, y = np.float64(a[d]), np.float64(b[d])
        total += u[d] * abs(x - y) + v[d] * x * y
    return total


@njit(parallel=True, cache=True)
def _every(a: np.ndarray, b: np.ndarray, u: np.ndarray, v: np.ndarray, bias: float) -> np.ndarray:
    out = np.empty((len(a), len(b)))
    for i in prange(len(a)):
        for j in range(len(b)):
            out[i, j] = _value(a[i], b[j], u, v, bias)
    return out


@njit(parallel=True, cache=True)
def _row_by_row(a: np.ndarray, b: np.ndarray, u: np.ndarray, v: np.ndarray, bias: float) -> np.ndarray:
    out = np.empty(len(a))
    for i in prange(len(a)):
        out[i] = _value(a[i], b[i], u, v, bias)
    return out


def _float32(scores: np.ndarray) -> np.ndarray:
    return np.clip(scores, -_MOST, _MOST).astype(np.float32)


build = PairSVM
