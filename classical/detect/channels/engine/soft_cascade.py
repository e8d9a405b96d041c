"""A soft cascade: one long sum of boosted trees, and a window is given up as soon as its sum falls too low.

Source: P. Dollár, R. Appel, S. Belongie, P. Perona, "Fast Feature Pyramids for Object Detection", TPAMI 36(8), 2014,
section 6.1, with one rejection threshold for all trees (L. Bourdev, J. Brandt, "Robust Object Detection via Soft
Cascade", CVPR 2005, learn one for each).
"""

import numpy as np
from numba import njit, prange

#: The mark of a window that was given up.
REJECTED = np.float32(-np.inf)


def scan(
    cells: np.ndarray,
    window: int,
    features: np.ndarray,
    thresholds: np.ndarray,
    leaves: np.ndarray,
    reject_below: float,
) -> np.ndarray:
    """Compute the sum of all trees for every window of window x window cells, or REJECTED.

    cells : (C, H, W) float32. features : (K, I) int32, indices into the (C, window, window) cells of a window.
    thresholds : (K, I) float32 and leaves (K, I + 1) float32 of K complete trees in heap order: a value below the
    threshold goes left. reject_below : a window whose sum is less after any tree is given up. Returns (H - window + 1,
    W - window + 1) float32.
    """
    _, height, width = cells.shape
    channel, cell = np.divmod(features.astype(np.int64), window * window)
    row, column = np.divmod(cell, window)
    offsets = ((channel * height + row) * width + column).astype(np.uint64)
    sums = np.zeros((height - window + 1, width - window + 1), np.float32)
    _scan(cells.reshape(-1), width, offsets, thresholds, leaves, np.float32(reject_below), sums)
    return sums


@njit(parallel=True, cache=True, nogil=True)
def _scan(
    flat: np.ndarray,
    width: int,
    offsets: np.ndarray,
    thresholds: np.ndarray,
    leaves: np.ndarray,
    reject_below: np.float32,
    sums: np.ndarray,
) -> None:
    for row in prange(len(sums)):
        for column in range(sums.shape[1]):
            sums[row, column] = _sum(flat[row * width + column :], offsets, thresholds, leaves, reject_below)


@njit(cache=True, nogil=True)
def _sum(
    window: np.ndarray, offsets: np.ndarray, thresholds: np.ndarray, leaves: np.ndarray, reject_below: np.float32
) -> np.float32:
    """The sum of one window; offsets (K, I) count from its first cell."""
    inner = offsets.shape[1]
    total = np.float32(0)
    for tree in range(len(offsets)):
        node = 0
        while node < inner:
            right = window[offsets[tree, node]] >= thresholds[tree, node]
            node = 2 * node + (2 if right else 1)
        total += leaves[tree, node - inner]
        if total < reject_below:
            return REJECTED
    return total
