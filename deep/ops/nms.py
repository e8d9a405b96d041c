"""Greedy non-maximum suppression within groups, two kinds of it, on a processor and on a GPU.

Ours, because torchvision's batched_nms knows only one of the kinds, and tells groups apart by a call for each or by
shifting their boxes, which rounds them.
"""

from collections.abc import Iterator
from typing import Literal

import numpy as np
import torch
from numba import njit
from torch import Tensor

#: On a GPU, boxes that are all compared with all others at once.
MATRIX = 4096


def suppress(
    boxes: Tensor, scores: Tensor, group: Tensor, threshold: float, over: Literal["union", "smaller"] = "union"
) -> Tensor:
    """Return the rows (K,) int64 that survive suppression, group by group, best first; of equal scores the earlier.

    boxes (N, 4) float32, scores (N,), group (N,) int64: boxes of different groups (images, pyramid levels) never
    suppress each other. over : what the shared area is divided by. "union" is the IoU with sides x2 - x1; "smaller" the
    smaller of the two areas with sides x2 - x1 + 1, which also drops a box within a larger one.
    """
    order = scores.argsort(descending=True, stable=True)
    order = order[group[order].argsort(stable=True)]
    boxes, group = boxes[order], group[order]
    extra_px = float(over == "smaller")
    if boxes.device.type == "cpu":
        return order[torch.from_numpy(_kept(boxes.numpy(), group.numpy(), threshold, np.float32(extra_px)))]
    return order[kept_at_once(boxes, group, threshold, extra_px)]


def kept_at_once(boxes: Tensor, group: Tensor, threshold: float, extra_px: float) -> Tensor:
    """Tell which boxes are kept, (N,) bool, as _kept does, from matrices of pairs: for a device that works in parallel.

    A box falls if one before it stays that overlaps it too much. Starting with all that stay, this rule is applied
    until nothing changes, after as many steps as the longest chain of boxes that decide about each other: Cluster NMS,
    Z. Zheng et al., "Enhancing Geometric Factors in Model Learning and Inference for Object Detection and Instance
    Segmentation", IEEE Transactions on Cybernetics 2022.
    """
    # The largest float32 that is not above it: comparing with that is comparing with the threshold itself.
    limit = np.float32(threshold)
    limit = limit if float(limit) <= threshold else np.nextafter(limit, np.float32(0))
    kept = [
        _cluster(boxes[rows], group[rows], float(limit), extra_px)
        for rows in _batches(group.unique_consecutive(return_counts=True)[1].tolist())
    ]
    return torch.cat([*kept, torch.ones(0, dtype=torch.bool, device=boxes.device)])


def _batches(counts: list[int]) -> Iterator[slice]:
    """Rows of as many whole groups as have no more than MATRIX boxes, or of one group that has more."""
    start = end = 0
    for count in counts:
        if end > start and end + count - start > MATRIX:
            yield slice(start, end)
            start = end
        end += count
    if end > start:
        yield slice(start, end)


def _cluster(boxes: Tensor, group: Tensor, threshold: float, extra_px: float) -> Tensor:
    top_left = torch.maximum(boxes[:, None, :2], boxes[:, :2])
    bottom_right = torch.minimum(boxes[:, None, 2:], boxes[:, 2:])
    shared = (bottom_right - top_left + extra_px).clamp(min=0).prod(dim=2)
    area = (boxes[:, 2:] - boxes[:, :2] + extra_px).prod(dim=1)
    whole = torch.minimum(area[:, None], area) if extra_px else area[:, None] + area - shared
    falls = ((shared / whole > threshold) & (group[:, None] == group)).triu(diagonal=1)
    kept = torch.ones_like(group, dtype=torch.bool)
    while True:
        again = ~(falls & kept[:, None]).any(dim=0)
        if torch.equal(again, kept):
            return kept
        kept = again


@njit(cache=True)
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
                kept[j] = whole == zero or shared / whole <= threshold
    return kept
