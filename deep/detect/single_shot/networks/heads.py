"""What the networks say about their anchors, and the layers that say it."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

#: So many outputs an anchor: its two logits, four of its box, ten of its points.
WIDTHS = (2, 4, 10)


class Predictions(NamedTuple):
    """Network outputs for B images and A anchors, in the order of anchors.py.

    logits : (B, A, 2), no face and face. boxes : (B, A, 4) and points : (B, A, 10), offsets as in box_codec.py.
    """

    logits: Tensor
    boxes: Tensor
    points: Tensor

    @property
    def probability(self) -> Tensor:
        """Face probability (B, A), 0..1: the softmax of the two logits."""
        return torch.sigmoid(self.logits[..., 1] - self.logits[..., 0])


class Head(nn.Module):
    """The three layers of one level. Each gives its outputs for a cell's K anchors, one anchor after the other."""

    def __init__(self, logits: nn.Module, boxes: nn.Module, points: nn.Module) -> None:
        super().__init__()
        self.logits = logits
        self.boxes = boxes
        self.points = points

    def forward(self, x: Tensor) -> Predictions:
        """Compute the Predictions of a level's h * w * K anchors from its map (B, c, h, w)."""
        parts = zip((self.logits, self.boxes, self.points), WIDTHS, strict=True)
        return Predictions(*(flatten_anchors(layer(x), width) for layer, width in parts))


def flatten_anchors(x: Tensor, width: int) -> Tensor:
    """Flatten a map (B, K * width, h, w) to (B, h * w * K, width): a row for every anchor."""
    return x.permute(0, 2, 3, 1).reshape(len(x), -1, width)


def concat_levels(levels: list[Predictions]) -> Predictions:
    """Concatenate the predictions of all levels, level after level."""
    return Predictions(*(torch.cat(parts, dim=1) for parts in zip(*levels, strict=True)))
