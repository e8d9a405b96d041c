"""Grouping: a cascade finds a face in many windows, and those of one face become one box.

What P. Viola, M. Jones, "Robust Real-Time Face Detection", IJCV 57(2), 2004, do in section 4.6 (disjoint sets, each
set averaged), with the measure of likeness and the filter of OpenCV's `groupRectangles`.
"""

import numpy as np
from numba import njit

#: Two windows are alike if all their sides lie within this share of their size of one another.
EPS = 0.2


def group_rectangles(
    boxes: np.ndarray, weights: np.ndarray, min_neighbors: int, summed: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Average the sets of like boxes; a set's weight is its largest, as in OpenCV, or, if ``summed``, the sum.

    boxes : (N, 4) int64 x y width height. weights : (N,). min_neighbors : sets of so many windows or fewer are
    dropped; 0 returns everything as it is. A box inside that of a larger set is dropped, too.
    Returns (G, 4) int64 and (G,).
    """
    if min_neighbors <= 0 or len(boxes) == 0:
        return boxes, weights
    labels = similar_sets(boxes)
    members = np.bincount(labels)
    group_weights = np.bincount(labels, weights)
    if not summed:
        group_weights = np.full(len(members), -np.inf)
        np.maximum.at(group_weights, labels, weights)
    sums = np.stack([np.bincount(labels, side) for side in boxes.T], axis=1)
    # In float32 and with halves to even, as OpenCV rounds.
    means = np.rint(sums.astype(np.float32) * (np.float32(1) / members.astype(np.float32))[:, None]).astype(np.int64)
    keep = (members > min_neighbors) & _outside_larger(means, members, min_neighbors)
    return means[keep], group_weights[keep]


def _outside_larger(means: np.ndarray, members: np.ndarray, min_neighbors: int) -> np.ndarray:
    """Tell which boxes (G,) lie outside those of sets of more windows (and more than three)."""
    low, high = means[:, :2], means[:, :2] + means[:, 2:]
    slack = np.rint(means[:, 2:] * EPS).astype(np.int64)
    enough = members > min_neighbors
    larger = enough[None] & ((members[None] > np.maximum(3, members)[:, None]) | (members < 3)[:, None])
    inside = (low[:, None] >= (low - slack)[None]).all(axis=2) & (high[:, None] <= (high + slack)[None]).all(axis=2)
    inside &= larger
    np.fill_diagonal(inside, False)
    return np.asarray(~inside.any(axis=1))


@njit(cache=True)
def similar_sets(boxes: np.ndarray) -> np.ndarray:
    """Return the number (N,) int64 of the set of each box (N, 4), in the order in which the sets begin.

    Two boxes are in one set if a chain of like boxes leads from one to the other.
    """
    parent = np.arange(len(boxes))
    for i in range(len(boxes)):
        for j in range(i):
            if _alike(boxes[i], boxes[j]):
                a, b = _root(parent, i), _root(parent, j)
                parent[max(a, b)] = min(a, b)
    labels = np.empty(len(boxes), np.int64)
    sets = 0
    for i in range(len(boxes)):
        if parent[i] == i:
            labels[i] = sets
            sets += 1
        else:
            labels[i] = labels[parent[i]]
    return labels


@njit(cache=True)
def _root(parent: np.ndarray, i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@njit(cache=True)
def _alike(a: np.ndarray, b: np.ndarray) -> bool:
    delta = EPS * (min(a[2], b[2]) + min(a[3], b[3])) * 0.5
    for axis in range(2):
        if abs(a[axis] - b[axis]) > delta or abs(a[axis] + a[axis + 2] - b[axis] - b[axis + 2]) > delta:
            return False
    return True


def clip(boxes: np.ndarray, weights: np.ndarray, image_px: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Cut boxes (N, 4) x y width height off at the borders of an image (width, height)."""
    size = np.array(image_px)
    low, high = np.clip(boxes[:, :2], 0, size), np.clip(boxes[:, :2] + boxes[:, 2:], 0, size)
    keep = (high > low).all(axis=1)
    return np.concatenate([low, high - low], axis=1)[keep], weights[keep]
