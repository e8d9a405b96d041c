"""Area averages by look-ups in integral images, in a few large operations, on any device.

A GPU is asked for each of them once for all pixels of all images; area_kernels.py does the same pixel by pixel on a
processor.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor


class LookUps(NamedTuple):
    """For each of K pixels of a canvas where its four sums are, by how much to divide, and where it goes.

    lower_right, lower_left, upper_right, upper_left : (K,) int32 rows of IntegralImages.sums. area : (K, 1) float32.
    place : (K,) int64, row of the canvas, counted through.
    """

    lower_right: Tensor
    lower_left: Tensor
    upper_right: Tensor
    upper_left: Tensor
    area: Tensor
    place: Tensor


def look_ups(
    shapes: Sequence[tuple[int, int]],
    image: np.ndarray,
    size: np.ndarray,
    corner: np.ndarray,
    pitch: int,
    device: torch.device,
) -> LookUps:
    """Those that bring whole images to L other sizes on one canvas.

    shapes : height and width of the B images. image : (L,), which of them. size : (L, 2) height and width it is brought
    to. corner : (L, 2) y and x where it begins. pitch : the canvas's width.
    """
    ends = np.cumsum([(height + 1) * (width + 1) for height, width in shapes])
    parts = []
    for i, (h, w), (y, x) in zip(image.tolist(), size.tolist(), corner.tolist(), strict=True):
        height, width = shapes[i]
        start, stride = int(ends[i]) - (height + 1) * (width + 1), width + 1
        zero = torch.zeros(1, dtype=torch.int64, device=device)
        (top, bottom), (left, right) = _spans(zero, zero + height, h), _spans(zero, zero + width, w)
        upper, lower = (start + row.T * stride for row in (top, bottom))
        area = (bottom - top).T * (right - left)
        place = (y + torch.arange(h, device=device))[:, None] * pitch + x + torch.arange(w, device=device)
        corners = [(a + b).flatten().int() for a in (lower, upper) for b in (right, left)]
        parts.append((*corners, area.reshape(-1, 1).float(), place.flatten()))
    return LookUps(*(torch.cat(column) for column in zip(*parts, strict=True)))


def means_at(sums: Tensor, at: LookUps, canvas: Tensor) -> None:
    """Fill in the pixels of ``canvas``, (H, W, 3) float32, as 0..255."""
    total = sums.index_select(0, at.lower_right)
    total -= sums.index_select(0, at.lower_left)
    total -= sums.index_select(0, at.upper_right)
    total += sums.index_select(0, at.upper_left)
    canvas.view(-1, 3)[at.place] = total / at.area


def means_by_gather(sums: Tensor, start: Tensor, stride: Tensor, windows: Tensor, size: tuple[int, int]) -> Tensor:
    """Windows (N, 4) to (N, height, width, 3). start, stride : (N,), where the window's image begins."""
    x1, y1, x2, y2 = windows.unbind(dim=1)
    top, bottom = _spans(y1, y2 - y1, size[0])
    left, right = _spans(x1, x2 - x1, size[1])
    upper = (start[:, None] + top * stride[:, None])[:, :, None]
    lower = (start[:, None] + bottom * stride[:, None])[:, :, None]
    left_, right_ = left[:, None, :], right[:, None, :]
    total = sums[lower + right_] - sums[lower + left_] - sums[upper + right_] + sums[upper + left_]
    return total / ((bottom - top)[:, :, None, None] * (right - left)[:, None, :, None])


def _spans(start: Tensor, length: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """(...) int64 start and length of an interval of pixels to first and end (..., size) of the pixels to average."""
    i = torch.arange(size, device=start.device)
    length = length[..., None]
    first = (i * length) // size
    end = -((-(i + 1) * length) // size)
    return start[..., None] + first, start[..., None] + end
