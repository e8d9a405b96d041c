"""A soft cascade: one long sum of boosted trees, and a window is given up as soon as its sum falls too low.

Source: P. Dollár, R. Appel, S. Belongie, P. Perona, "Fast Feature Pyramids for Object Detection", TPAMI 36(8), 2014,
section 6.1, with one rejection threshold for all trees (L. Bourdev, J. Brandt, "Robust Object Detection via Soft
Cascade", CVPR 2005, learn one for each).
"""

import numpy as np
from numba import njit, prange

#: The mark of a window that was given up.
REJECTED = np.float32(-np.inf)

#: So many trees are summed for a whole row of windows at once, which a compiler turns into vector instructions; after
#: them so few windows are left that each goes on by itself.
FIRST_TREES = 12


def scan(
    cells: np.ndarray,
    window: int,
    features: np.ndarray,
    thresholds: np.ndarray,
    leaves: np.ndarray,
    reject_below: float,
) -> np.ndarray:
    """The sum of all trees for every window of window x window cells, or REJECTED.

    cells : (C, H, W) float32. features : (K, 3) int32, numbers into the (C, window, window) cells of a window.
    thresholds : (K, 3) float32 and leaves (K, 4) float32 of K trees of depth 2 in heap order: a value below the
    threshold goes left. reject_below : a window whose sum is less after any tree is given up.
    Returns (H - window + 1, W - window + 1) float32.
    """
    _, height, width = cells.shape
    channel, place = np.divmod(features.astype(np.int64), window * window)
    row, column = np.divmod(place, window)
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
        _first_trees(flat, row * width, offsets, thresholds, leaves, reject_below, sums[row])
        _later_trees(flat, row * width, offsets, thresholds, leaves, reject_below, sums[row])


@njit(cache=True, nogil=True)
def _first_trees(
    flat: np.ndarray,
    start: int,
    offsets: np.ndarray,
    thresholds: np.ndarray,
    leaves: np.ndarray,
    reject_below: np.float32,
    sums: np.ndarray,
) -> None:
    """All three nodes of a tree are looked at, because a choice costs nothing in a vector and a branch does."""
    n = len(sums)
    for tree in range(min(FIRST_TREES, len(offsets))):
        root = flat[start + offsets[tree, 0] :][:n]
        left = flat[start + offsets[tree, 1] :][:n]
        right = flat[start + offsets[tree, 2] :][:n]
        t_root, t_left, t_right = thresholds[tree]
        a, b, c, d = leaves[tree]
        for x in range(n):
            low = a if left[x] < t_left else b
            high = c if right[x] < t_right else d
            total = sums[x] + (low if root[x] < t_root else high)
            sums[x] = total if total >= reject_below else REJECTED


@njit(cache=True, nogil=True)
def _later_trees(
    flat: np.ndarray,
    start: int,
    offsets: np.ndarray,
    thresholds: np.ndarray,
    leaves: np.ndarray,
    reject_below: np.float32,
    sums: np.ndarray,
) -> None:
    for x in range(len(sums)):
        total = sums[x]
        if total == REJECTED:
            continue
        for tree in range(FIRST_TREES, len(offsets)):
            node = 0
            while node < 3:
                right = flat[start + x + offsets[tree, node]] >= thresholds[tree, node]
                node = 2 * node + (2 if right else 1)
            total += leaves[tree, node - 3]
            if total < reject_below:
                total = REJECTED
                break
        sums[x] = total
