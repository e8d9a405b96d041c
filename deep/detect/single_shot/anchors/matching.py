"""Which face each anchor is to find: the training targets of a single-shot detector.

Liu et al., "SSD", ECCV 2016, section 2.2, "Matching strategy": every face gets the anchor that overlaps it most, and
every other anchor the face that it overlaps enough. Deng et al., "RetinaFace", CVPR 2020, section 4.2.
"""

import torch
from torch import Tensor
from torchvision.ops import box_iou

#: In place of a face's number: the anchor shows no face; it shows part of one and is left out of the loss.
NEGATIVE, IGNORED = -1, -2


def match(
    faces: Tensor, anchors: Tensor, *, positive_iou: float = 0.35, negative_iou: float = 0.35, least_iou: float = 0.2
) -> Tensor:
    """Match anchors to faces: for each anchor the number of its face, NEGATIVE or IGNORED, (A,) int64.

    faces : (G, 4) boxes x1 y1 x2 y2; G may be 0. anchors : (A, 4) centre x, centre y, width, height.
    positive_iou : from this intersection over union on an anchor takes the face that it overlaps most. Below
    negative_iou it is negative, in between ignored (the paper's 0.5 and 0.3; the defaults are those of the public
    models). least_iou : a face's best anchor is its own from this overlap on, even below positive_iou; a face that no
    anchor overlaps so far (tiny, or without area) stays without.
    An anchor that is the best of several faces takes the one of them that it overlaps most, of equals the first.
    """
    if len(faces) == 0:
        return torch.full((len(anchors),), NEGATIVE, device=anchors.device)
    overlap = box_iou(faces, to_corners(anchors))  # (G, A)
    share, face = overlap.max(dim=0)
    matched = torch.where(share >= positive_iou, face, torch.where(share < negative_iou, NEGATIVE, IGNORED))

    best_share, best = overlap.max(dim=1)
    own = torch.zeros_like(overlap, dtype=torch.bool)
    own[torch.arange(len(faces), device=faces.device), best] = best_share >= least_iou
    return torch.where(own.any(dim=0), overlap.where(own, -1).argmax(dim=0), matched)


def to_corners(anchors: Tensor) -> Tensor:
    """Convert boxes (..., 4) from centre x, centre y, width, height to x1 y1 x2 y2."""
    half = anchors[..., 2:] / 2
    return torch.cat([anchors[..., :2] - half, anchors[..., :2] + half], dim=-1)
