"""Platt scaling: a classifier's decision values become probabilities by a fitted sigmoid.

J. Platt, "Probabilistic Outputs for Support Vector Machines and Comparisons to Regularized Likelihood Methods", 1999;
minimised as H.-T. Lin, C.-J. Lin, R. Weng, "A Note on Platt's Probabilistic Outputs for Support Vector Machines",
Machine Learning 68, 2007, algorithm 1: Newton's method with backtracking, and no difference of rounded numbers.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

#: Of Lin et al.: ridge of the Hessian, sufficient decrease, least step, and when the gradient counts as 0.
RIDGE, DECREASE, LEAST_STEP, GRADIENT_TOLERANCE = 1e-12, 1e-4, 1e-10, 1e-5
MAX_ITERATIONS = 100


@dataclass(frozen=True)
class Sigmoid:
    """P(face | f) = 1 / (1 + exp(A f + B)); A is below 0 where a higher decision value f means a face."""

    a: float
    b: float

    def probability(self, decisions: np.ndarray) -> np.ndarray:
        """Convert decision values (N,) to probabilities (N,) float64."""
        return np.asarray(expit(-(self.a * np.asarray(decisions, np.float64) + self.b)))


def targets(faces: np.ndarray) -> np.ndarray:
    """Compute the targets of the sigmoid, (N,): not 1 and 0, but Bayes' estimates with a uniform prior, section 2.2.

    t+ = (N+ + 1) / (N+ + 2) and t- = 1 / (N- + 2): where the classes do not overlap, 1 and 0 would call for a step.
    """
    positives = np.count_nonzero(faces)
    negatives = len(faces) - positives
    return np.where(faces, (positives + 1) / (positives + 2), 1 / (negatives + 2))


def cross_entropy(sigmoid: Sigmoid, decisions: np.ndarray, target: np.ndarray) -> float:
    """Compute F(A, B) = -sum t log p + (1 - t) log(1 - p), written so that neither logarithm can meet a 0."""
    z = sigmoid.a * decisions + sigmoid.b
    return float(np.sum(target * z + np.logaddexp(0, -z)))


def fit_platt(decisions: np.ndarray, faces: np.ndarray) -> Sigmoid:
    """Fit the sigmoid of least cross entropy to decision values (N,) of samples that are faces (N,) bool or not.

    The decisions have to come from samples that the classifier was not fitted on, or they are too sure. Raises
    ValueError unless there are both.
    """
    if faces.all() or not faces.any():
        raise ValueError("calibration needs faces and others")
    f, t = np.asarray(decisions, np.float64), targets(faces)
    sigmoid = Sigmoid(0.0, float(np.log((np.count_nonzero(~faces) + 1) / (np.count_nonzero(faces) + 1))))
    for _ in range(MAX_ITERATIONS):
        p = sigmoid.probability(f)
        gradient = np.array([np.sum(f * (t - p)), np.sum(t - p)])
        if np.abs(gradient).max() < GRADIENT_TOLERANCE:
            break
        weight = p * (1 - p)
        cross = np.sum(f * weight)
        hessian = np.array([[np.sum(f * f * weight), cross], [cross, np.sum(weight)]]) + RIDGE * np.eye(2)
        step = -np.linalg.solve(hessian, gradient)
        better = _backtrack(sigmoid, step, float(gradient @ step), f, t)
        if better is None:
            break
        sigmoid = better
    return sigmoid


def _backtrack(sigmoid: Sigmoid, step: np.ndarray, slope: float, f: np.ndarray, t: np.ndarray) -> Sigmoid | None:
    """Go along the step, or half of it, or a quarter, ..., until F falls enough; None if it never does."""
    here, length = cross_entropy(sigmoid, f, t), 1.0
    while length >= LEAST_STEP:
        there = Sigmoid(sigmoid.a + length * float(step[0]), sigmoid.b + length * float(step[1]))
        if cross_entropy(there, f, t) < here + DECREASE * length * slope:
            return there
        length /= 2
    return None
