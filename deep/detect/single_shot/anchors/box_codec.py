"""Boxes and points as offsets from anchors, and back: the targets of a network's regression.

Liu et al., "SSD", ECCV 2016, eq. (2), with the two "variances" of its released code, by which the targets are divided
so that they spread about as wide as unit noise; points as in Deng et al., "RetinaFace", CVPR 2020, section 3.1: like a
box's centre.

Anchors are (..., 4) centre x, centre y, width, height in pixels; the shapes before the last axis are broadcast.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

#: Of a centre or a point, in units of the anchor's side; and of the logarithm of a side.
CENTRE_VARIANCE, SIDE_VARIANCE = 0.1, 0.2

#: A box grows to at most so many times its anchor's side: an untrained network's would else be infinite.
MOST_GROWTH = 1000.0


class BoxCodec(NamedTuple):
    """A way of writing boxes as offsets from anchors, and back.

    encode : (..., 4) boxes x1 y1 x2 y2 and anchors to (..., 4) offsets. decode : offsets and anchors to boxes.
    """

    encode: Callable[[Tensor, Tensor], Tensor]
    decode: Callable[[Tensor, Tensor], Tensor]


def encode_boxes(boxes: Tensor, anchors: Tensor) -> Tensor:
    """Encode boxes (..., 4) x1 y1 x2 y2 in pixels, x2 > x1 and y2 > y1, as offsets (..., 4) from anchors."""
    centre = (boxes[..., :2] + boxes[..., 2:]) / 2
    side = boxes[..., 2:] - boxes[..., :2]
    moved = (centre - anchors[..., :2]) / (anchors[..., 2:] * CENTRE_VARIANCE)
    grown = torch.log(side / anchors[..., 2:]) / SIDE_VARIANCE
    return torch.cat([moved, grown], dim=-1)


def decode_boxes(offsets: Tensor, anchors: Tensor) -> Tensor:
    """Decode offsets (..., 4) from anchors to boxes x1 y1 x2 y2 in pixels."""
    centre = anchors[..., :2] + offsets[..., :2] * CENTRE_VARIANCE * anchors[..., 2:]
    grown = (offsets[..., 2:] * SIDE_VARIANCE).clamp(max=math.log(MOST_GROWTH))
    half = anchors[..., 2:] * torch.exp(grown) / 2
    return torch.cat([centre - half, centre + half], dim=-1)


#: SSD's, and of all networks here but DenseBox.
CENTRE_AND_SIDES = BoxCodec(encode_boxes, decode_boxes)


def encode_points(points: Tensor, anchors: Tensor) -> Tensor:
    """Encode points (..., 5, 2) x y in pixels as offsets (..., 10) x y x y ...; a point that is NaN stays NaN."""
    moved = (points - anchors[..., None, :2]) / (anchors[..., None, 2:] * CENTRE_VARIANCE)
    return moved.flatten(-2)


def decode_points(offsets: Tensor, anchors: Tensor) -> Tensor:
    """Decode offsets (..., 10) x y x y ... to points (..., 5, 2) in pixels."""
    moved = offsets.unflatten(-1, (5, 2))
    return anchors[..., None, :2] + moved * CENTRE_VARIANCE * anchors[..., None, 2:]
