"""Linear support vector machine: the hyperplane with the widest margin between faces and others.

C. Cortes, V. Vapnik, "Support-Vector Networks", Machine Learning 20, 1995. Fitted by scikit-learn's LinearSVC
(LIBLINEAR, squared hinge loss); with standardised dimensions, and the standardisation folded into the hyperplane.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from sklearn.svm import LinearSVC

from eigen2arc.classical.linear.batch_invariant_product import fixed_order_product
from eigen2arc.classical.linear.standardize import Standardize
from eigen2arc.core.bounds import Positive, Seed
from eigen2arc.core.checks import check_shape


@dataclass
class LinearSVM:
    """A hyperplane. normal_ : (D,) float32 and bias_ : (1,) float32; f(x) = normal . x + bias.

    c : what a sample inside the margin costs. seed : of the solver.
    """

    SHAPES: ClassVar[dict[str, str]] = {"normal": "D", "bias": "1"}
    INTEGERS: ClassVar[tuple[str, ...]] = ()

    c: Positive = 0.001
    seed: Seed = 0

    def fit(self, x: np.ndarray, faces: np.ndarray, weights: np.ndarray | None = None) -> "LinearSVM":
        """Learn from x (N, D) float32, faces (N,) bool and the samples' weights (N,), 1 each if not given."""
        standardise = Standardize.of(x)
        machine = LinearSVC(C=self.c, dual=False, random_state=self.seed, max_iter=10_000)
        machine.fit(standardise(x), faces, sample_weight=weights)
        self.normal_ = (machine.coef_[0] * standardise.inverse).astype(np.float32)
        self.bias_ = (machine.intercept_ - self.normal_.astype(np.float64) @ standardise.mean).astype(np.float32)
        return self

    def decide(self, x: np.ndarray) -> np.ndarray:
        """Compute f(x) for x (N, D) float32, (N,) float64 in margins from the hyperplane: above 0 for faces."""
        check_shape(x, f"N {len(self.normal_)}", "x")
        return fixed_order_product(self.normal_[None].astype(np.float64), x.astype(np.float64))[0] + self.bias_[0]

    def tensors(self) -> dict[str, np.ndarray]:
        return {"normal": self.normal_, "bias": self.bias_}

    def restore(self, tensors: dict[str, np.ndarray]) -> "LinearSVM":
        """Restore the fitted state that tensors() returned."""
        self.normal_, self.bias_ = tensors["normal"], tensors["bias"]
        return self


build = LinearSVM
