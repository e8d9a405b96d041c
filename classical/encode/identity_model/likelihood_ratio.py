"""One person or two? The likelihood ratio of x = mu + eps as a sum over dimensions, and as a dot product.

mu ~ N(0, S_mu) is the person, eps ~ N(0, S_eps) the image; two images x_1, x_2 show one person (H_I: mu is shared) or
two (H_E). D. Chen, X. Cao, L. Wang, F. Wen, J. Sun, "Bayesian Face Revisited: A Joint Formulation", ECCV 2012, eq. (4):

    r(x_1, x_2) = log P(x_1, x_2 | H_I) / P(x_1, x_2 | H_E) = x_1^T A x_1 + x_2^T A x_2 - 2 x_1^T G x_2 + constant.

There is a V with V^T S_eps V = I and V^T S_mu V = diag(lambda) (a generalised eigenproblem). The dimensions of
y = V^T x are independent, and along one of them (y_1, y_2) has under H_I the covariance [[1 + l, l], [l, 1 + l]], with
determinant 1 + 2 l, under H_E the diagonal of it, with determinant (1 + l)^2, where l is its lambda. So it adds

    log (1 + l) - 1/2 log (1 + 2 l)  +  l / (1 + 2 l)  y_1 y_2  -  1/2  l^2 / ((1 + l)(1 + 2 l))  (y_1^2 + y_2^2).

With v_k = sqrt(l_k / (1 + 2 l_k)) y_k the last term is -1/2 l / (1 + l) v^2 for each image. So a face is (v, o), o its
own part of the last term and half of the constant, and r = v_1 . v_2 + o_1 + o_2: nothing of the model is left.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eigen2arc.classical.linear.projection import LinearProjection


@dataclass(frozen=True)
class LikelihoodRatio:
    """mean : (D,). axes : (K, D), the rows sqrt(l / (1 + 2 l)) V^T. own : (K,), l / (1 + l). constant : (1,), half the
    constant. All float32."""

    SHAPES: ClassVar[dict[str, str]] = {"mean": "D", "axes": "K D", "own": "K", "constant": "1"}

    mean: np.ndarray
    axes: np.ndarray
    own: np.ndarray
    constant: np.ndarray

    @classmethod
    def of(cls, mean: np.ndarray, v: np.ndarray, lambdas: np.ndarray) -> "LikelihoodRatio":
        """Of the mean (D,), V (D, K) and lambda (K,), not below 0; dimensions in which it is 0 may be left out."""
        halved = 0.5 * np.sum(np.log1p(lambdas) - 0.5 * np.log1p(2 * lambdas))
        axes = np.sqrt(lambdas / (1 + 2 * lambdas))[:, None] * v.T
        parts = (mean, axes, lambdas / (1 + lambdas), np.array([halved]))
        return cls(*(np.ascontiguousarray(part, dtype=np.float32) for part in parts))

    def tensors(self) -> dict[str, np.ndarray]:
        return {"mean": self.mean, "axes": self.axes, "own": self.own, "constant": self.constant}

    def transform(self, vectors: np.ndarray) -> np.ndarray:
        """(N, D) to (N, K + 1) float32: (v, o), for the matcher joint_bayesian."""
        v = LinearProjection(self.mean, self.axes).transform(vectors)
        o = self.constant - 0.5 * np.sum(v.astype(np.float64) ** 2 * self.own, axis=1)
        return np.concatenate([v, o[:, None].astype(np.float32)], axis=1)
