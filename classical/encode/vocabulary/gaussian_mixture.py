"""A mixture of Gaussians with diagonal covariances: a soft vocabulary of local descriptors.

F. Perronnin, J. Sánchez, T. Mensink, "Improving the Fisher Kernel for Large-Scale Image Classification", ECCV 2010,
section 2. Fitted by scikit-learn: k-means, then expectation maximisation from its means.
"""

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture as SklearnMixture

from eigen2arc.core.errors import UserError

#: Rounds of k-means and of EM at most. What the Gaussians still move afterwards changes no vector noticeably.
KMEANS_ROUNDS, EM_ROUNDS = 10, 25

#: Added to every variance, as a share of the samples' mean variance: a Gaussian that has shrunk to a few equal samples
#: would otherwise divide by nearly nothing.
FLOOR = 0.01


@dataclass(frozen=True)
class GaussianMixture:
    """A mixture of K Gaussians with diagonal covariances.

    weights : (K,) float32, sum 1, the papers' w_k. means : (K, D) float32, mu_k. variances : (K, D) float32, sigma_k^2,
    all above 0.
    """

    #: As stored in a file: one pattern per tensor, see core.checks.check_shape.
    SHAPES: ClassVar[dict[str, str]] = {"weights": "K", "means": "K D", "variances": "K D"}

    weights: np.ndarray
    means: np.ndarray
    variances: np.ndarray

    def tensors(self) -> dict[str, np.ndarray]:
        return {"weights": self.weights, "means": self.means, "variances": self.variances}

    def posteriors(self, x_and_squares: np.ndarray) -> np.ndarray:
        """Compute gamma_t(k) of ECCV 2010, eq. (4): how likely sample t comes from Gaussian k.

        x_and_squares : (T, 2 D) float32, the samples x_t followed by their squares. Returns (T, K) float32, rows sum to
        1.
        """
        log_p = x_and_squares @ self._factors
        log_p += self._constants
        log_p -= log_p.max(axis=1, keepdims=True)
        gamma: np.ndarray = np.exp(log_p, out=log_p)
        gamma /= gamma.sum(axis=1, keepdims=True)
        return gamma

    @cached_property
    def _factors(self) -> np.ndarray:
        """(2 D, K) float32: log N(x; mu, sigma) is x mu / sigma^2 - x^2 / (2 sigma^2) and a constant."""
        return np.concatenate([self.means / self.variances, -0.5 / self.variances], axis=1).T.copy()

    @cached_property
    def _constants(self) -> np.ndarray:
        """(K,) float32: what is left of log w_k N(x; mu_k, sigma_k) without x, but for what all Gaussians share."""
        means, variances = self.means.astype(np.float64), self.variances.astype(np.float64)
        constants = np.log(self.weights) - 0.5 * np.sum(means**2 / variances + np.log(variances), axis=1)
        return constants.astype(np.float32)


def fit_mixture(samples: np.ndarray, components: int, seed: int) -> GaussianMixture:
    """Fit a mixture of ``components`` Gaussians to ``samples`` (M, D) float32; the same for the same seed.

    Raises UserError for fewer different samples than Gaussians.
    """
    different = len(np.unique(samples, axis=0)) if len(samples) < 10 * components else len(samples)
    if different < components:
        raise UserError(
            f"a mixture of {components} Gaussians needs at least as many different samples, got {different}: "
            "give more images, or fewer components"
        )
    k_means = KMeans(components, n_init=1, max_iter=KMEANS_ROUNDS, random_state=seed).fit(samples)
    weights = np.bincount(k_means.labels_, minlength=components) / len(samples)
    floor = FLOOR * float(samples.var(axis=0).mean())
    spread = np.mean((samples - k_means.cluster_centers_[k_means.labels_]) ** 2, axis=0) + floor
    mixture = SklearnMixture(
        components,
        covariance_type="diag",
        reg_covar=floor,
        max_iter=EM_ROUNDS,
        weights_init=weights.astype(samples.dtype),
        means_init=k_means.cluster_centers_,
        precisions_init=np.tile(1 / spread, (components, 1)),
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        mixture.fit(samples)
    learned = mixture.weights_, mixture.means_, mixture.covariances_
    return GaussianMixture(*(array.astype(np.float32) for array in learned))
