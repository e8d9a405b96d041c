"""What DenseBox says about a cell's box: how far its sides are away.

Huang et al., "DenseBox", 2015, section 3: at (x_i, y_i) the numbers are x_i - x_t, y_i - y_t, x_i - x_b and y_i - y_b,
with t the left top and b the right bottom corner; section 3.3 divides them by the height of the faces trained for, here
the anchor's side.
"""

import torch
from torch import Tensor

from eigen2arc.deep.detect.single_shot.anchors.box_codec import MOST_GROWTH, BoxCodec


def encode_distances(boxes: Tensor, anchors: Tensor) -> Tensor:
    """(..., 4) boxes x1 y1 x2 y2 in pixels to (..., 4) offsets. anchors : (..., 4), as in box_codec.py."""
    return (_twice(anchors[..., :2]) - boxes) / _twice(anchors[..., 2:])


def decode_distances(offsets: Tensor, anchors: Tensor) -> Tensor:
    """(..., 4) offsets to boxes x1 y1 x2 y2 in pixels. A cell is within its box, whatever the network says."""
    left_top = offsets[..., :2].clamp(0, MOST_GROWTH)
    right_bottom = offsets[..., 2:].clamp(-MOST_GROWTH, 0)
    return _twice(anchors[..., :2]) - torch.cat([left_top, right_bottom], dim=-1) * _twice(anchors[..., 2:])


def _twice(xy: Tensor) -> Tensor:
    return torch.cat([xy, xy], dim=-1)


DISTANCES = BoxCodec(encode_distances, decode_distances)
