"""MTCNN's way with boxes: regression, squares, windows of pixels, and two kinds of non-maximum suppression.

The paper's code is MATLAB, its boxes count pixels from 1 and include both ends, and all arithmetic here follows it, so
that the published weights meet the boxes that they were trained on.
"""

from typing import Literal

import numba
import numpy as np


def regress(boxes: np.ndarray, offsets: np.ndarray, extra_px: float) -> np.ndarray:
    """Move the sides of (N, 4) boxes by (N, 4) offsets, in units of the box's side + extra_px."""
    side = boxes[:, 2:] - boxes[:, :2] + np.float32(extra_px)
    return boxes + offsets * np.tile(side, 2)


def to_squares(boxes: np.ndarray) -> np.ndarray:
    """Grow the shorter side of (N, 4) boxes to the longer one, around the same centre."""
    side = boxes[:, 2:] - boxes[:, :2]
    longest = side.max(axis=1, keepdims=True)
    half = np.float32(0.5)
    top_left = boxes[:, :2] + side * half - longest * half
    return np.concatenate([top_left, top_left + longest], axis=1)


def to_windows(boxes: np.ndarray, height_px: int, width_px: int) -> tuple[np.ndarray, np.ndarray]:
    """The pixels of an image that (N, 4) boxes cover.

    Returns (N, 4) int64 x1 y1 x2 y2 counted from 0, right and bottom exclusive, clipped to the image, and (N,) bool:
    whether there is any pixel.
    """
    whole = np.trunc(boxes).astype(np.int64)
    top_left = np.maximum(whole[:, :2], 1) - 1
    bottom_right = np.minimum(whole[:, 2:], (width_px, height_px))
    return np.concatenate([top_left, bottom_right], axis=1), (bottom_right > top_left).all(axis=1)


def suppress(
    boxes: np.ndarray,
    scores: np.ndarray,
    group: np.ndarray,
    threshold: float,
    over: Literal["union", "smaller"] = "union",
) -> np.ndarray:
    """Greedy non-maximum suppression within each group.

    boxes (N, 4) float32, scores (N,), group (N,) int64: boxes of different groups (images, pyramid levels) never
    suppress each other. over : what the shared area is divided by. "union" is the IoU with sides x2 - x1; "smaller" the
    smaller of the two areas with sides x2 - x1 + 1, which also drops a box within a larger one.
    Returns the rows that are kept, group by group, best first; of equal scores the earlier row comes first.
    """
    order = np.lexsort((-scores, group))
    boxes, group = boxes[order], group[order]
    extra_px = np.float32(over == "smaller")
    return order[_kept(boxes, group, threshold, extra_px)]


@numba.njit(cache=True)
def _kept(boxes: np.ndarray, group: np.ndarray, threshold: float, extra_px: np.float32) -> np.ndarray:
    """For boxes sorted by group, then best first: (N,) bool, whether a box is kept. extra_px 1 means "smaller"."""
    n = len(boxes)
    kept = np.ones(n, np.bool_)
    zero = np.float32(0)
    area = (boxes[:, 2] - boxes[:, 0] + extra_px) * (boxes[:, 3] - boxes[:, 1] + extra_px)
    for i in range(n):
        if not kept[i]:
            continue
        for j in range(i + 1, n):
            if group[j] != group[i]:
                break
            if kept[j]:
                w = max(zero, min(boxes[i, 2], boxes[j, 2]) - max(boxes[i, 0], boxes[j, 0]) + extra_px)
                h = max(zero, min(boxes[i, 3], boxes[j, 3]) - max(boxes[i, 1], boxes[j, 1]) + extra_px)
                shared = w * h
                whole = min(area[i], area[j]) if extra_px > zero else area[i] + area[j] - shared
                kept[j] = shared <= threshold * whole if whole == zero else shared / whole <= threshold
    return kept
