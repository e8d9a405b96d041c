"""Visual words: each local descriptor replaced by the nearest of a vocabulary's, and counted.

J. Sivic, A. Zisserman, "Video Google: A Text Retrieval Approach to Object Matching in Videos", ICCV 2003, section 4:
the vocabulary is the means of k-means over descriptors. S. Lazebnik, C. Schmid, J. Ponce, "Beyond Bags of Features:
Spatial Pyramid Matching for Recognizing Natural Scene Categories", CVPR 2006: the words are counted in ever finer
cells.
"""

import numpy as np
from sklearn.cluster import MiniBatchKMeans

from eigen2arc.core.errors import UserError

#: Samples in one step of k-means: above scikit-learn's own 1,024, since a vocabulary has hundreds of means.
BATCH = 4096


def fit_words(samples: np.ndarray, words: int, seed: int) -> np.ndarray:
    """Learn the vocabulary (V, D) float32 of samples (M, D) float32, V = ``words``; the same for the same seed.

    Raises UserError for fewer different samples than words.
    """
    different = len(np.unique(samples, axis=0)) if len(samples) < 10 * words else len(samples)
    if different < words:
        raise UserError(
            f"a vocabulary of {words} words needs at least as many different descriptors, got {different}: "
            "give more images, or fewer words"
        )
    k_means = MiniBatchKMeans(words, batch_size=BATCH, n_init=1, random_state=seed).fit(samples)
    return np.asarray(k_means.cluster_centers_, np.float32)


def nearest_words(descriptors: np.ndarray, vocabulary: np.ndarray) -> np.ndarray:
    """Find the index of each descriptor's nearest word, the first of equally near ones: (N, T, D) to (N, T) int64.

    |x - c|^2 is least where x c - |c|^2 / 2 is greatest.
    """
    nearest = np.empty(descriptors.shape[:2], np.int64)
    half_squares = np.sum(vocabulary * vocabulary, axis=1) / 2
    # One image after the other: every product has the same shape, whatever other images there are.
    for x, indices in zip(descriptors, nearest, strict=True):
        indices[:] = (x @ vocabulary.T - half_squares).argmax(axis=1)
    return nearest


def pyramid_histograms(words: np.ndarray, centres: np.ndarray, vocabulary_size: int, levels: int) -> np.ndarray:
    """Count how often each word occurs in each cell: (N, V (4^(L + 1) - 1) / 3) float32, L = ``levels``, sum 1.

    words : (N, T), as nearest_words gives them. centres : (T, 2), where each patch lies, -1/2..1/2, see patch_centres.
    Level l has 2^l x 2^l cells, row by row, level 0 (the whole image) first. As in CVPR 2006, eq. (3), a finer level
    weighs more: level 0 weighs 1 / 2^L and level l 1 / 2^(L - l + 1), so that all together weigh 1.
    """
    counts = []
    for level in range(levels + 1):
        side = 2**level
        cell = np.minimum(((centres + 0.5) * side).astype(np.int64), side - 1)
        bins = side * side * vocabulary_size
        here = (cell[:, 1] * side + cell[:, 0]) * vocabulary_size + words
        here += np.arange(len(words))[:, None] * bins
        weight = 0.5**levels if level == 0 else 0.5 ** (levels - level + 1)
        counts.append(np.bincount(here.ravel(), minlength=len(words) * bins).reshape(-1, bins) * weight)
    histograms: np.ndarray = np.concatenate(counts, axis=1) / max(len(centres), 1)
    return histograms.astype(np.float32)
