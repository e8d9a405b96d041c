"""Fisher's linear discriminant, as Belhumeur, Hespanha and Kriegman use it on faces.

P. Belhumeur, J. Hespanha, D. Kriegman, "Eigenfaces vs. Fisherfaces: Recognition Using Class Specific Linear
Projection", PAMI 19(7), 1997, section 2.4. N samples x_k of c classes; mu is the mean of all, mu_i that of class X_i,
which has N_i samples.
"""

import numpy as np
import scipy.linalg

from eigen2arc.core.errors import UserError

#: Below this share of its largest eigenvalue S_W counts as singular: along that axis it holds rounding only.
SINGULAR = 1e-10


def scatter(samples: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Between-class and within-class scatter (d, d) float64 of samples (N, d) with labels (N,).

    S_B = sum_i N_i (mu_i - mu)(mu_i - mu)^T,  S_W = sum_i sum_{x_k in X_i} (x_k - mu_i)(x_k - mu_i)^T.
    A class of one sample adds nothing to S_W.
    """
    x = samples.astype(np.float64)
    _, index, counts = np.unique(labels, return_inverse=True, return_counts=True)
    mu_i = np.zeros((len(counts), x.shape[1]))
    np.add.at(mu_i, index, x)
    mu_i /= counts[:, None]
    between = (mu_i - x.mean(axis=0)) * np.sqrt(counts)[:, None]
    within = x - mu_i[index]
    return between.T @ between, within.T @ within


def fit_lda(samples: np.ndarray, labels: np.ndarray, components: int | None = None) -> np.ndarray:
    """W_opt, eq. (4): the axes along which classes lie apart as far as they can, measured by their own width.

    samples : (N, d), d <= N - c (project by PCA first). labels : (N,). components : how many axes, at most c - 1 and d.
    Returns (components, d) float64, best axis first, each with a variance of 1 within classes (S_W / (N - c)) and its
    element of largest magnitude positive. They solve S_B w = lambda S_W w, eq. (5).
    Raises UserError where fewer than two classes are given, or S_W is singular.
    """
    classes = len(np.unique(labels))
    if classes < 2:
        raise UserError(f"a linear discriminant needs at least 2 people, got {classes}")
    s_b, s_w = scatter(samples, labels)
    s_w /= max(len(samples) - classes, 1)
    width = scipy.linalg.eigvalsh(s_w)
    if not width[0] > SINGULAR * width[-1]:
        raise UserError(
            f"the scatter within people is singular in {samples.shape[1]} dimensions "
            f"({len(samples)} images of {classes} people): give more images a person, or fewer PCA components"
        )
    wanted = min(components or classes - 1, classes - 1, samples.shape[1])
    _, w = scipy.linalg.eigh(s_b, s_w, subset_by_index=(len(s_w) - wanted, len(s_w) - 1))
    axes: np.ndarray = w[:, ::-1].T
    return axes * np.sign(axes[np.arange(wanted), np.abs(axes).argmax(axis=1)])[:, None]
