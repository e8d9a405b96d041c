"""MTCNN's way with boxes: regression, squares, windows of pixels.

The paper's code is MATLAB, its boxes count pixels from 1 and include both ends, and all arithmetic here follows it, so
that the published weights meet the boxes that they were trained on.
"""

import torch
from torch import Tensor

#: Boxes end here: what a network with odd weights gives has to be a whole number still.
FAR_PX = 1e9


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


def to_windows(boxes: Tensor, size: Tensor, pad: bool = True) -> tuple[Tensor, Tensor]:
    """Convert boxes (N, 4) to the pixels that they cover, and tell which cover any of their image.

    size : (N, 2) int64, the height and width of each one's image. pad : windows may reach over the image's border, for
    zeros to be put there, as the paper's code does; False clips them to the image, as facenet-pytorch does, whose crops
    are thereby stretched. Returns (N, 4) int64 x1 y1 x2 y2 counted from 0, right and bottom exclusive, and (N,) bool:
    whether any pixel of the image is in it.
    """
    whole = boxes.clamp(-FAR_PX, FAR_PX).floor().long()
    windows = torch.cat([whole[:, :2] - 1, whole[:, 2:]], dim=1)
    clipped = torch.cat([windows[:, :2].clamp(min=0), windows[:, 2:].minimum(size.flip(1))], dim=1)
    return windows if pad else clipped, (clipped[:, 2:] > clipped[:, :2]).all(dim=1)
