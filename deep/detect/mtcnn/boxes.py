"""MTCNN's way with boxes: regression, squares, windows of pixels.

The paper's code is MATLAB, its boxes count pixels from 1 and include both ends, and all arithmetic here follows it, so
that the published weights meet the boxes that they were trained on.
"""

import torch
from torch import Tensor


def regress(boxes: Tensor, offsets: Tensor, extra_px: float) -> Tensor:
    """Move the sides of (N, 4) boxes by (N, 4) offsets, in units of the box's side + extra_px."""
    side = boxes[:, 2:] - boxes[:, :2] + extra_px
    return boxes + offsets * side.repeat(1, 2)


def to_squares(boxes: Tensor) -> Tensor:
    """Grow the shorter side of (N, 4) boxes to the longer one, around the same centre."""
    side = boxes[:, 2:] - boxes[:, :2]
    longest = side.amax(dim=1, keepdim=True)
    top_left = boxes[:, :2] + side * 0.5 - longest * 0.5
    return torch.cat([top_left, top_left + longest], dim=1)


def to_windows(boxes: Tensor, size: Tensor) -> tuple[Tensor, Tensor]:
    """Convert boxes (N, 4) to the pixels of images that they cover, and tell which cover any.

    size : (N, 2) int64, the height and width of each one's image. Returns (N, 4) int64 x1 y1 x2 y2 counted from 0,
    right and bottom exclusive, clipped to the image, and (N,) bool: whether there is any pixel.
    """
    whole = boxes.long()
    top_left = whole[:, :2].clamp(min=1) - 1
    bottom_right = whole[:, 2:].minimum(size.flip(1))
    return torch.cat([top_left, bottom_right], dim=1), (bottom_right > top_left).all(dim=1)
