"""Greedy non-maximum suppression, for the boxes of many images at once."""

import numba
import numpy as np


def suppress(boxes: np.ndarray, scores: np.ndarray, image: np.ndarray, threshold: float) -> np.ndarray:
    """The rows that are kept: the best box of an image, then the best that no kept one overlaps by more, and so on.

    boxes : (N, 4) float32 x1 y1 x2 y2. scores : (N,). image : (N,) int64; boxes of different images never meet.
    threshold : intersection over union, 0..1.
    Returned image by image, best first; of equal scores the earlier row comes first.
    """
    order = np.lexsort((-scores, image))
    return order[_kept(np.ascontiguousarray(boxes[order]), image[order], threshold)]


@numba.njit(cache=True)
def _kept(boxes: np.ndarray, image: np.ndarray, threshold: float) -> np.ndarray:
    """For boxes sorted by image, then best first: (N,) bool, whether a box is kept."""
    n = len(boxes)
    kept = np.ones(n, np.bool_)
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    for i in range(n):
        if not kept[i]:
            continue
        for j in range(i + 1, n):
            if image[j] != image[i]:
                break
            w = min(boxes[i, 2], boxes[j, 2]) - max(boxes[i, 0], boxes[j, 0])
            h = min(boxes[i, 3], boxes[j, 3]) - max(boxes[i, 1], boxes[j, 1])
            if kept[j] and w > 0 and h > 0:
                shared = w * h
                kept[j] = shared <= threshold * (area[i] + area[j] - shared)
    return kept
