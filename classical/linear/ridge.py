"""Ridge regression with a bias: least squares with a price on large coefficients, from the normal equations."""

import numpy as np

#: Rows that are multiplied at a time in single precision; the sums over the blocks are kept in double precision.
BLOCK = 4096


def fit_ridge(phi: np.ndarray, targets: np.ndarray, strength: float) -> tuple[np.ndarray, np.ndarray]:
    """Fit R and b that minimize mean_i |y_i - phi_i R - b|^2 + strength |R|^2.

    phi : (M, D) float32. targets : (M, C) y. strength : above 0; the bias pays nothing. Returns R (D, C) and b (C,),
    float64.
    """
    phi_mean, target_mean = phi.mean(axis=0, dtype=np.float64), targets.mean(axis=0)
    gram = np.zeros((phi.shape[1], phi.shape[1]))
    moments = np.zeros((phi.shape[1], targets.shape[1]))
    for start in range(0, len(phi), BLOCK):
        rows = phi[start : start + BLOCK] - phi_mean.astype(np.float32)
        gram += rows.T @ rows
        moments += rows.T @ (targets[start : start + BLOCK] - target_mean)
    gram[np.diag_indices_from(gram)] += strength * len(phi)
    coefficients: np.ndarray = np.linalg.solve(gram, moments)
    return coefficients, target_mean - phi_mean @ coefficients
