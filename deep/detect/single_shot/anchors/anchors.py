"""Anchors: the squares of fixed sizes, laid out on a grid, that a single-shot detector scores and moves.

Liu et al., "SSD: Single Shot MultiBox Detector", ECCV 2016, section 2.2, as RetinaFace and SSH use them: squares only,
because faces are about as high as wide.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class Level(NamedTuple):
    """One map of the network: its stride, and the sides of the squares around the centre of each of its cells."""

    stride_px: int
    sizes_px: tuple[float, ...]


def map_size(height_px: int, width_px: int, stride_px: int) -> tuple[int, int]:
    """Compute the rows and columns of an image's map at that stride.

    A cell that sticks out of the image is still one.
    """
    return -(-height_px // stride_px), -(-width_px // stride_px)


def count_anchors(height_px: int, width_px: int, levels: Sequence[Level]) -> int:
    """Count the anchors that an image of that size has."""
    total = 0
    for stride_px, sizes_px in levels:
        rows, columns = map_size(height_px, width_px, stride_px)
        total += rows * columns * len(sizes_px)
    return total


def anchors(height_px: int, width_px: int, levels: Sequence[Level]) -> Tensor:
    """Lay out all anchors of an image, (A, 4) float32: centre x, centre y, width, height, in pixels.

    Order: level by level, then row by row, column by column, and size by size; so the networks' outputs are laid out.
    """
    parts = []
    for stride_px, sizes_px in levels:
        rows, columns = map_size(height_px, width_px, stride_px)
        y = (torch.arange(rows) + 0.5) * stride_px
        x = (torch.arange(columns) + 0.5) * stride_px
        size = torch.tensor(sizes_px, dtype=torch.float32)
        cy, cx, side = torch.meshgrid(y, x, size, indexing="ij")
        parts.append(torch.stack([cx, cy, side, side], dim=-1).reshape(-1, 4))
    return torch.cat(parts)
