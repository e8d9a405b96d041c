"""What the networks say about their anchors, and the layers that say it."""

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Predictions(NamedTuple):
    """Of B images with A anchors each, in the order of anchors.py.

    logits : (B, A, 2), no face and face. boxes : (B, A, 4) and points : (B, A, 10), offsets as in box_codec.py.
    """

    logits: Tensor
    boxes: Tensor
    points: Tensor

    @property
    def probability(self) -> Tensor:
        """Of a face, (B, A), 0..1: the softmax of the two logits."""
        return torch.sigmoid(self.logits[..., 1] - self.logits[..., 0])


class Head(nn.Module):
    """The three layers of one level; each gives its numbers for every anchor of a cell, one anchor after the other."""

    def __init__(self, logits: nn.Module, boxes: nn.Module, points: nn.Module) -> None:
        super().__init__()
        self.logits = logits
        self.boxes = boxes
        self.points = points

    def forward(self, x: Tensor) -> Predictions:
        return Predictions(_rows(self.logits(x), 2), _rows(self.boxes(x), 4), _rows(self.points(x), 10))


def _rows(x: Tensor, width: int) -> Tensor:
    """(B, K * width, h, w) to (B, h * w * K, width)."""
    return x.permute(0, 2, 3, 1).reshape(len(x), -1, width)


def joined(levels: list[Predictions]) -> Predictions:
    """Level after level."""
    return Predictions(*(torch.cat(parts, dim=1) for parts in zip(*levels, strict=True)))
