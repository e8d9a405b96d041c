"""What a network should say about every anchor of an image, given the image's faces."""

from typing import NamedTuple

import torch
from torch import Tensor

from .box_codec import CENTRE_AND_SIDES, BoxCodec, encode_points


class Targets(NamedTuple):
    """The targets of A anchors in training.

    matched : (..., A) int64, the number of the anchor's face, or NEGATIVE or IGNORED (matching.py).
    boxes : (..., A, 4) and points : (..., A, 10) float32 offsets as the network's codec and box_codec.py define them.
    Where no face is matched they mean nothing (0), and a point that is not known is NaN.
    """

    matched: Tensor
    boxes: Tensor
    points: Tensor


def encode_targets(
    matched: Tensor, boxes: Tensor, points: Tensor, anchors: Tensor, codec: BoxCodec = CENTRE_AND_SIDES
) -> Targets:
    """Encode what a network should say about every anchor of one image.

    matched : (A,), as match() gives it. boxes : (G, 4) x1 y1 x2 y2. points : (G, 5, 2), NaN where not known; a face
    without points has five such. anchors : (A, 4) centre x, centre y, width, height. All in pixels.
    """
    positive = matched >= 0
    face, own = matched[positive], anchors[positive]
    box_offsets = torch.zeros_like(anchors)
    box_offsets[positive] = codec.encode(boxes[face], own)
    point_offsets = anchors.new_zeros(len(anchors), 10)
    point_offsets[positive] = encode_points(points[face], own)
    return Targets(matched, box_offsets, point_offsets)


def stack_targets(images: list[Targets]) -> Targets:
    """Stack the targets of the images of a batch, all of one size, along a first axis B."""
    return Targets(*(torch.stack(parts) for parts in zip(*images, strict=True)))
