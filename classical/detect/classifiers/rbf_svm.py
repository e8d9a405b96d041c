"""Support vector machine with a Gaussian kernel: what counts is how near a window is to which support vectors.

B. Boser, I. Guyon, V. Vapnik, "A Training Algorithm for Optimal Margin Classifiers", COLT 1992; C. Cortes, V. Vapnik,
"Support-Vector Networks", Machine Learning 20, 1995. Fitted by scikit-learn's SVC (LIBSVM).
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from sklearn.svm import SVC

from eigen2arc.classical.linear.batch_invariant_product import fixed_order_product
from eigen2arc.classical.linear.standardize import Standardize
from eigen2arc.core.bounds import Positive
from eigen2arc.core.checks import check_shape

#: Windows whose kernel with all support vectors is in memory at once.
BLOCK = 64


@dataclass
class RBFSVM:
    """An SVM with a Gaussian kernel.

    f(x) = sum_i duals_i exp(-gamma |z - s_i|^2) + bias with z the standardised x and s_i the support vectors.
    standardize_ : of D dimensions. support_ : (V, D) float32. duals_ : (V,) float32, alpha_i y_i. bias_, gamma_ : (1,).

    c : what a sample on the wrong side costs. width : of the Gaussian, in units of the spread of the samples. (The
    spread is sqrt(D) for D standardised dimensions, so gamma = 1 / (width^2 D).)
    """

    SHAPES: ClassVar[dict[str, str]] = {
        "mean": "D", "inverse": "D", "support": "V D", "duals": "V", "bias": "1", "gamma": "1",
    }  # fmt: skip
    INTEGERS: ClassVar[tuple[str, ...]] = ()

    c: Positive = 10.0
    width: Positive = 1.0

    def fit(self, x: np.ndarray, faces: np.ndarray, weights: np.ndarray | None = None) -> "RBFSVM":
        """Learn from x (N, D) float32, faces (N,) bool and the samples' weights (N,), 1 each if not given."""
        self.standardize_ = Standardize.of(x)
        dimensions = max(int(np.count_nonzero(self.standardize_.inverse)), 1)
        self.gamma_ = np.array([1 / (self.width**2 * dimensions)], np.float32)
        machine = SVC(C=self.c, gamma=float(self.gamma_[0]), cache_size=500)
        machine.fit(self.standardize_(x), faces, sample_weight=weights)
        self.support_ = machine.support_vectors_.astype(np.float32)
        self.duals_, self.bias_ = machine.dual_coef_[0].astype(np.float32), machine.intercept_.astype(np.float32)
        return self

    def decide(self, x: np.ndarray) -> np.ndarray:
        """Compute f(x) for x (N, D) float32, (N,) float64, above 0 on the faces' side."""
        check_shape(x, f"N {self.support_.shape[1]}", "x")
        out = np.empty(len(x))
        squares = np.sum(self.support_**2, axis=1)
        for start in range(0, len(x), BLOCK):
            z = self.standardize_(x[start : start + BLOCK])
            # |z - s|^2 = |z|^2 + |s|^2 - 2 z s: one matrix product in place of a loop over the support vectors.
            distances = np.sum(z**2, axis=1)[:, None] + squares - 2 * fixed_order_product(z, self.support_)
            kernel = np.exp(-self.gamma_[0] * distances.clip(0))
            out[start : start + len(z)] = np.sum(kernel * self.duals_, axis=1) + self.bias_[0]
        return out

    def tensors(self) -> dict[str, np.ndarray]:
        """Return what was learned, by the names in SHAPES."""
        return {
            "mean": self.standardize_.mean,
            "inverse": self.standardize_.inverse,
            "support": self.support_,
            "duals": self.duals_,
            "bias": self.bias_,
            "gamma": self.gamma_,
        }

    def restore(self, tensors: dict[str, np.ndarray]) -> "RBFSVM":
        """Restore the fitted state that tensors() returned."""
        self.standardize_ = Standardize(tensors["mean"], tensors["inverse"])
        self.support_, self.duals_ = tensors["support"], tensors["duals"]
        self.bias_, self.gamma_ = tensors["bias"], tensors["gamma"]
        return self


build = RBFSVM
