"""Bounding-box regression: from a proposal's descriptor to where the object really lies.

R. Girshick, J. Donahue, T. Darrell, J. Malik, "Rich feature hierarchies for accurate object detection and semantic
segmentation", CVPR 2014, appendix C. A proposal P and its ground truth G have centres (P_x, P_y) and sizes (P_w, P_h);
phi are the descriptors, here standardised, in place of a network's features.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eigen2arc.classical.linear.ridge import fit_ridge
from eigen2arc.classical.linear.standardize import Standardize

#: lambda of eq. (5). The paper's 1000 is for features of another scale; for standardised ones, it weighs like so many
#: more samples.
RIDGE = 1000.0

#: A box grows or shrinks by at most this factor: exp() of a wild guess has no bound.
MAX_GROWTH = 2.0


@dataclass(frozen=True)
class BoxRegression:
    """A fitted box regression: d_*(P) = w_*^T phi(P) + b_* for x, y, w, h.

    weights : (4, D) float32. bias : (4,) float32.
    """

    SHAPES: ClassVar[dict[str, str]] = {"box_weights": "4 D", "box_bias": "4"}

    weights: np.ndarray
    bias: np.ndarray

    def move(self, boxes: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Move proposals (N, 4) with descriptors (N, D) float32 to the boxes (N, 4) that they mean: eqs. (1) to (4)."""
        d = np.stack([np.sum(x * weight, axis=1) for weight in self.weights], axis=1) + self.bias
        centre, size = _centre_and_size(boxes)
        centre = centre + size * d[:, :2]
        half = size / 2 * np.exp(np.clip(d[:, 2:], -np.log(MAX_GROWTH), np.log(MAX_GROWTH)))
        return np.concatenate([centre - half, centre + half], axis=1).astype(np.float32)

    def tensors(self) -> dict[str, np.ndarray]:
        return {"box_weights": self.weights, "box_bias": self.bias}


def _centre_and_size(boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    size = boxes[:, 2:] - boxes[:, :2]
    return boxes[:, :2] + size / 2, size


def targets(proposals: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Compute t_x, t_y, t_w, t_h (N, 4) for proposals P (N, 4) and ground truth G (N, 4): eqs. (6) to (9)."""
    p, p_size = _centre_and_size(np.asarray(proposals, np.float64))
    g, g_size = _centre_and_size(np.asarray(truth, np.float64))
    return np.concatenate([(g - p) / p_size, np.log(g_size / p_size)], axis=1)


def fit_box_regression(x: np.ndarray, t: np.ndarray) -> BoxRegression:
    """Fit the targets t (N, 4) to descriptors x (N, D) float32 by ridge regression: eq. (5), with a bias besides.

    w = argmin sum_i (t_i - w^T phi_i)^2 + lambda |w|^2. N >= 1.
    """
    standardise = Standardize.of(x)
    coefficients, mean = fit_ridge(standardise(x), t, RIDGE / len(x))
    w = coefficients.T * standardise.inverse
    return BoxRegression(w.astype(np.float32), (mean - w @ standardise.mean).astype(np.float32))
