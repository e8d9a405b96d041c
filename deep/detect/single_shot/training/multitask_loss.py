"""RetinaFace's multi-task loss: face or not, where its box is, and where its five points are.

Deng et al., "RetinaFace: Single-shot Multi-level Face Localisation in the Wild", CVPR 2020, eq. (1), without its last
part (dense correspondence). Hard negatives: Shrivastava et al., "Training Region-based Object Detectors with Online
Hard Example Mining", CVPR 2016, in the form of Liu et al., "SSD", ECCV 2016, section 2.2.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from eigen2arc.deep.detect.single_shot.anchors.matching import NEGATIVE
from eigen2arc.deep.detect.single_shot.anchors.targets import Targets
from eigen2arc.deep.detect.single_shot.networks.heads import Predictions


class MultitaskLoss(NamedTuple):
    """The three parts, each a scalar tensor."""

    classification: Tensor
    boxes: Tensor
    points: Tensor

    def total(self, lambda_1: float = 0.25, lambda_2: float = 0.1) -> Tensor:
        """Sum up by equation (1): L = L_cls + lambda_1 L_box + lambda_2 L_pts, with the paper's weights."""
        return self.classification + lambda_1 * self.boxes + lambda_2 * self.points


def multitask_loss(
    predictions: Predictions, targets: Targets, *, negatives_per_positive: float = 3.0, least_negatives: int = 100
) -> MultitaskLoss:
    """Compute the loss of a batch of B images of one size, with A anchors each.

    Classification is the cross-entropy of the matched anchors and, in every image, of the negative anchors that are
    found hardest: negatives_per_positive times as many, and not fewer than least_negatives, so that an image without
    a face teaches, too. Boxes and points are smooth L1 over the matched anchors; points that are not known (NaN) count
    nothing. Each part is summed and divided by its number of anchors: the matched ones, or for the points those with
    any point known; by 1 if there are none.
    """
    positive = targets.matched >= 0
    # Half precision has too few digits for sums over thousands of anchors.
    logits = predictions.logits.float()
    entropy = F.cross_entropy(logits.flatten(0, 1), positive.long().flatten(), reduction="none").view_as(positive)
    chosen = positive | hard_negatives(entropy, targets.matched, negatives_per_positive, least_negatives)
    faces = positive.sum().clamp(min=1)

    box_loss = F.smooth_l1_loss(predictions.boxes[positive].float(), targets.boxes[positive], reduction="sum")
    wanted, given = targets.points[positive], predictions.points[positive].float()
    known = ~wanted.isnan()
    point_loss = F.smooth_l1_loss(given[known], wanted[known], reduction="sum")
    with_points = known.any(dim=1).sum().clamp(min=1)
    return MultitaskLoss(entropy[chosen].sum() / faces, box_loss / faces, point_loss / with_points)


@torch.no_grad()
def hard_negatives(entropy: Tensor, matched: Tensor, per_positive: float, least: int) -> Tensor:
    """Select the negative anchors of each image that cost most, (B, A) bool. entropy, matched : (B, A)."""
    positives = (matched >= 0).sum(dim=1)
    negative = matched == NEGATIVE
    wanted = (positives * per_positive).long().clamp(min=least)
    order = entropy.masked_fill(~negative, -torch.inf).argsort(dim=1, descending=True, stable=True)
    rank = torch.empty_like(order)
    rank.scatter_(1, order, torch.arange(order.shape[1], device=order.device).expand_as(order))
    return negative & (rank < wanted[:, None])
