"""MTCNN's three losses, with the hardest samples of each batch.

Zhang et al. 2016, eqs. (1) to (4) and "Online hard sample mining" in section II.C.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .training_windows import NEGATIVE, PART, POSITIVE

#: The share of the samples, those with the highest loss, that gradients are computed from.
HARD = 0.7

#: Keeps the logarithm of a probability finite.
LEAST = 1e-20


class CascadeLoss(nn.Module):
    """A network of the cascade with its loss, eq. (4).

    alpha : the weights of its three terms (det, box, landmark), eqs. (1) to (3).
    """

    def __init__(self, network: nn.Module, alpha: tuple[float, float, float]) -> None:
        super().__init__()
        self.network = network
        self.alpha = alpha

    def forward(self, crops: Tensor, kind: Tensor, offsets: Tensor, points: Tensor) -> Tensor:
        """Compute the loss, a scalar, of (N, S, S, 3) uint8 crops.

        kind (N,), offsets (N, 4) and points (N, 5, 2) are as in TrainingWindows. The network may give no landmarks
        (P-Net, R-Net as published), or maps of one cell (P-Net).
        """
        x = crops.permute(0, 3, 1, 2).float().sub(127.5).mul(1 / 128)
        probability, moved, *located = (part.flatten(1) if part.ndim > 1 else part for part in self.network(x))
        det, box, landmark = self.alpha
        total = det * detection_loss(probability.flatten(), kind) + box * box_loss(moved, kind, offsets)
        if located:
            total = total + landmark * landmark_loss(located[0], kind, points)
        return total


def detection_loss(p: Tensor, kind: Tensor) -> Tensor:
    """Compute eq. (1): cross-entropy of the hardest positive and negative samples. p : (N,) probability of a face."""
    y = (kind == POSITIVE).float()
    entropy = -(y * p.clamp(min=LEAST).log() + (1 - y) * (1 - p).clamp(min=LEAST).log())
    return hardest_mean(entropy[(kind == POSITIVE) | (kind == NEGATIVE)])


def box_loss(moved: Tensor, kind: Tensor, offsets: Tensor) -> Tensor:
    """Compute eq. (2): squared distance of the box's four offsets, of positive and part samples."""
    chosen = (kind == POSITIVE) | (kind == PART)
    return hardest_mean(F.mse_loss(moved[chosen], offsets[chosen], reduction="none").sum(dim=1))


def landmark_loss(located: Tensor, kind: Tensor, points: Tensor) -> Tensor:
    """Compute eq. (3): squared distance of the five landmarks, of positive and part samples that have them annotated.

    located : (N, 10), five x and then five y.
    """
    wanted = points.transpose(1, 2).flatten(1)
    chosen = ((kind == POSITIVE) | (kind == PART)) & ~wanted.isnan().any(dim=1)
    return hardest_mean(F.mse_loss(located[chosen], wanted[chosen], reduction="none").sum(dim=1))


def hardest_mean(losses: Tensor) -> Tensor:
    """Compute the mean of the largest HARD of the losses (N,); 0 if there are none."""
    if len(losses) == 0:
        return losses.sum()
    count = max(1, round(HARD * len(losses)))
    return torch.topk(losses, count).values.mean()
