"""Fisher vectors: how the local descriptors of an image differ from a mixture that describes those of all images.

F. Perronnin, J. Sánchez, T. Mensink, "Improving the Fisher Kernel for Large-Scale Image Classification", ECCV 2010:
the gradients of the log-likelihood with respect to the mixture's means and deviations, whitened (section 2), then
rooted and of length 1 (section 3). K. Simonyan et al., "Fisher Vector Faces in the Wild", BMVC 2013, section 2, writes
them out with the same symbols.
"""

import numpy as np

from eigen2arc.core.checks import check_shape

from .gaussian_mixture import GaussianMixture


def fisher_vectors(descriptors: np.ndarray, mixture: GaussianMixture) -> np.ndarray:
    """Compute the improved Fisher vectors (N, 2 K D) float32, length 1, of N images with T descriptors each.

    descriptors : (N, T, D) float32. First the K gradients with respect to the means, D numbers each, then the K with
    respect to the deviations.
    """
    check_shape(descriptors, f"N T {mixture.means.shape[1]}", "descriptors")
    vectors = np.empty((len(descriptors), 2 * mixture.means.size), np.float32)
    # One image after the other: every product has the same shape, whatever other images there are.
    for x, vector in zip(descriptors, vectors, strict=True):
        vector[:] = improve(gradients(x, mixture))
    return vectors


def gradients(x: np.ndarray, mixture: GaussianMixture) -> np.ndarray:
    """Compute the Fisher vector (2 K D,) float32 of descriptors x_t (T, D) float32, ECCV 2010 eq. (7) and (8).

        G_mu,k = sum_t gamma_t(k) (x_t - mu_k) / sigma_k / (T sqrt(w_k))
        G_sigma,k = sum_t gamma_t(k) ((x_t - mu_k)^2 / sigma_k^2 - 1) / (T sqrt(2 w_k))

    They follow from three sums over t, of gamma, of gamma x and of gamma x^2, of which two are one matrix product.
    """
    count, dimensions = x.shape
    x_and_squares = np.concatenate([x, x * x], axis=1)
    gamma = mixture.posteriors(x_and_squares)
    share = gamma.sum(axis=0)[:, None] / count
    sums = gamma.T @ x_and_squares / count
    first, second = sums[:, :dimensions], sums[:, dimensions:]
    mu, variance, w = mixture.means, mixture.variances, mixture.weights[:, None]
    g_mu = (first - share * mu) / np.sqrt(w * variance)
    g_sigma = (second - 2 * mu * first + share * (mu * mu - variance)) / (np.sqrt(2 * w) * variance)
    return np.concatenate([g_mu.ravel(), g_sigma.ravel()])


def improve(vector: np.ndarray) -> np.ndarray:
    """Compute sign(z) sqrt(|z|), then scale to length 1 (ECCV 2010, sections 3.1 and 3.2); zeros stay zeros."""
    rooted = np.sign(vector) * np.sqrt(np.abs(vector))
    length = np.linalg.norm(rooted)
    return rooted / length if length > 0 else rooted
