"""Platt's sigmoid: from a score to the log odds of what it speaks for, by logistic regression.

J. Platt, "Probabilistic outputs for support vector machines and comparisons to regularized likelihood methods",
Advances in Large Margin Classifiers, 1999: a sigmoid of two parameters, fitted by maximum likelihood to targets that
are not quite 0 and 1, so that it stays finite where no two scores are out of order. Where both kinds of scores weigh
half, however many there are of each, what is fitted is the log of the likelihood ratio: N. Brummer, J. du Preez,
"Application-independent evaluation of speaker detection", Computer Speech and Language 20, 2006.

An isotonic map (pool adjacent violators) would follow the scores more closely, but ends in 0 and in infinity.
"""

import numpy as np

#: Newton's steps at most, and the change of the parameters, for scores of deviation 1, at which it has converged.
MOST_STEPS, CONVERGED = 100, 1e-10


def fit_sigmoid(score: np.ndarray, true: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    """Fit the log odds that something is true, slope * score + offset (natural logarithm): (slope, offset).

    score (N,) : finite. true (N,) bool : some are, some are not. weight (N,) : how much each counts.
    """
    score, weight = score.astype(np.float64), weight / weight.sum()
    middle, spread = float(score.mean()), float(score.std()) or 1.0
    score = (score - middle) / spread
    rights, wrongs = int(np.count_nonzero(true)), int(np.count_nonzero(~true))
    target = np.where(true, (rights + 1) / (rights + 2), 1 / (wrongs + 2))

    def loss(slope: float, offset: float) -> float:
        """The cross-entropy; logaddexp(0, z) is log(1 + e^z)."""
        z = slope * score + offset
        return float(weight @ (np.logaddexp(0, z) - target * z))

    slope, offset, now = 0.0, 0.0, loss(0.0, 0.0)
    for _ in range(MOST_STEPS):
        p = 1 / (1 + np.exp(-np.clip(slope * score + offset, -700, 700)))
        off, curved = weight * (p - target), weight * p * (1 - p)
        mixed = curved @ score
        hessian = np.array([[curved @ score**2, mixed], [mixed, curved.sum()]]) + 1e-12 * np.eye(2)
        step = np.linalg.solve(hessian, np.array([off @ score, off.sum()]))
        while (new := loss(slope - step[0], offset - step[1])) > now and np.abs(step).max() > CONVERGED:
            step /= 2  # Newton's whole step can go too far
        slope, offset, now = slope - step[0], offset - step[1], new
        if np.abs(step).max() <= CONVERGED:
            break
    return float(slope / spread), float(offset - slope * middle / spread)
