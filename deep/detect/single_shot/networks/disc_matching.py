"""DenseBox's targets: the cells near a face's middle are to find it, if it has the size that the network knows.

Huang, Yang, Deng, Yu, "DenseBox: Unifying Landmark Localization with End to End Object Detection", 2015, section 3.1,
and section 3.3 for the grey zone.
"""

import torch
from torch import Tensor

from eigen2arc.deep.detect.single_shot.anchors.matching import IGNORED, NEGATIVE

#: Of the disc of positive cells, in heights of the face.
RADIUS = 0.3

#: Least and greatest height, in sides of the anchors, of a face that counts; others are background.
LEAST_SIZE, MOST_SIZE = 0.8, 1.25


def match_discs(faces: Tensor, anchors: Tensor, *, grey_px: float) -> Tensor:
    """For each anchor the number of its face, NEGATIVE or IGNORED, (A,) int64.

    faces : (G, 4) boxes x1 y1 x2 y2; G may be 0. anchors : (A, 4) centre x, centre y, width, height. A cell in the
    discs of several faces takes the one whose middle is nearest. grey_px : a negative cell so near a positive one is
    ignored.
    """
    if len(faces) == 0:
        return torch.full((len(anchors),), NEGATIVE, device=anchors.device)
    height = faces[:, 3] - faces[:, 1]
    size = height[:, None] / anchors[:, 3]  # (G, A)
    away = _distances((faces[:, :2] + faces[:, 2:]) / 2, anchors[:, :2])
    inside = (away <= RADIUS * height[:, None]) & (size >= LEAST_SIZE) & (size <= MOST_SIZE)
    positive = inside.any(dim=0)
    grey = (_distances(anchors[positive, :2], anchors[:, :2]) <= grey_px).any(dim=0)
    face = away.where(inside, torch.inf).argmin(dim=0)
    return torch.where(positive, face, torch.where(grey, IGNORED, NEGATIVE))


def _distances(a: Tensor, b: Tensor) -> Tensor:
    """(N, 2) and (M, 2) points to (N, M)."""
    return torch.linalg.vector_norm(a[:, None] - b, dim=2)
