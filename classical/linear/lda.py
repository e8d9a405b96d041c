"""Fisher's linear discriminant, as Belhumeur, Hespanha and Kriegman use it on faces.

P. Belhumeur, J. Hespanha, D. Kriegman, "Eigenfaces vs. Fisherfaces: Recognition Using Class Specific Linear
Projection", PAMI 19(7), 1997, section 2.4. N samples x_k of c classes; mu is the mean of all, mu_i that of class X_i,
which has N_i samples.
"""

import numpy as np
import scipy.linalg

from eigen2arc.core.errors import UserError

from .shrinkage import Shrinkage, shrink

#: Below this share of its largest eigenvalue S_W counts as singular: along that axis it holds rounding only (that of
#: float32 samples, squared; real faces with as many axes as images less people come down to some 1e-11).
SINGULAR = 1e-13

#: A scatter matrix of more dimensions fills gigabytes, and its eigenvectors take hours.
MAX_DIMENSIONS = 8000


def class_means(x: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Compute the classes' means mu_i (c, d) float64 of x (N, d) float64, in order of the labels.

    Returns them, each sample's row in them (N,), and N_i (c,).
    """
    _, index, counts = np.unique(labels, return_inverse=True, return_counts=True)
    mu_i = np.zeros((len(counts), x.shape[1]))
    np.add.at(mu_i, index, x)
    mu_i /= counts[:, None]
    return mu_i, index, counts


def scatter(samples: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute the between-class and within-class scatter (d, d) float64 of samples (N, d) with labels (N,).

    S_B = sum_i N_i (mu_i - mu)(mu_i - mu)^T, S_W = sum_i sum_{x_k in X_i} (x_k - mu_i)(x_k - mu_i)^T. A class of one
    sample adds nothing to S_W.
    """
    x = samples.astype(np.float64)
    mu_i, index, counts = class_means(x, labels)
    between = (mu_i - x.mean(axis=0)) * np.sqrt(counts)[:, None]
    within = x - mu_i[index]
    return between.T @ between, within.T @ within


def shrunk_within(x: np.ndarray, mu_i: np.ndarray, index: np.ndarray, shrinkage: Shrinkage) -> np.ndarray:
    """Compute S_W (d, d) float64, shrunk, of x (N, d) with class_means().

    Raises UserError where it stays singular. The share that "auto" finds is that of the samples of classes of two and
    more: the others tell nothing of S_W.
    """
    n, d = x.shape
    if d > MAX_DIMENSIONS:
        raise UserError(f"the scatter of {d} dimensions is too large to compute: put whitened_pca before")
    repeated = np.bincount(index)[index] > 1
    within = x[repeated] - mu_i[index[repeated]]
    s_w = within.T @ within
    if len(within):
        s_w = shrink(s_w, within, shrinkage)
    width = scipy.linalg.eigvalsh(s_w)
    if not width[0] > SINGULAR * width[-1]:
        raise UserError(
            f"the scatter within people is singular in {d} dimensions ({n} images of {len(mu_i)} people): "
            "give more images a person, fewer PCA components, or shrinkage above 0"
        )
    return s_w


def fit_lda(
    samples: np.ndarray, labels: np.ndarray, components: int | None = None, shrinkage: Shrinkage = 0.0
) -> np.ndarray:
    """Fit W_opt, eq. (4): the axes along which classes lie apart as far as they can, measured by their own width.

    samples : (N, d), d <= N - c (project by PCA first) where S_W is not shrunk. labels : (N,). components : how many
    axes, at most c - 1 and d. shrinkage : of S_W, "auto" or a share, see shrinkage.py; 0 is the paper's. Returns
    (components, d) float64, best axis first, each with a variance of 1 within classes (S_W / (N - c)) and its element
    of largest magnitude positive. They solve S_B w = lambda S_W w, eq. (5). Raises UserError where fewer than two
    classes are given, or S_W is singular.
    """
    x = samples.astype(np.float64)
    mu_i, index, counts = class_means(x, labels)
    classes = len(counts)
    if classes < 2:
        raise UserError(f"a linear discriminant needs at least 2 people, got {classes}")
    s_w = shrunk_within(x, mu_i, index, shrinkage) / max(len(x) - classes, 1)
    between = (mu_i - x.mean(axis=0)) * np.sqrt(counts)[:, None]
    wanted = min(components or classes - 1, classes - 1, x.shape[1])
    _, w = scipy.linalg.eigh(between.T @ between, s_w, subset_by_index=(len(s_w) - wanted, len(s_w) - 1))
    axes: np.ndarray = w[:, ::-1].T
    return axes * np.sign(axes[np.arange(wanted), np.abs(axes).argmax(axis=1)])[:, None]
