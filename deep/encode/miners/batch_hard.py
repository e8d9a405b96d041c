"""Batch hard: every image with its farthest positive and its nearest negative (Hermans et al., 2017)."""

import torch
from torch import Tensor

from eigen2arc.deep.encode.miners.triplets import Triplets, distances, pair_masks


class BatchHard:
    """The hardest positive and the hardest negative of each anchor: maximum and minimum of eq. (5).

    Of "In Defense of the Triplet Loss for Person Re-Identification".
    """

    @torch.no_grad()
    def __call__(self, embeddings: Tensor, labels: Tensor) -> Triplets:
        """Choose one triplet for each image that has both, of (N, D) embeddings of any length and (N,) labels."""
        is_positive, is_negative = pair_masks(labels)
        d = distances(embeddings)
        farthest = d.masked_fill(~is_positive, -torch.inf).argmax(dim=1)
        nearest = d.masked_fill(~is_negative, torch.inf).argmin(dim=1)
        (anchor,) = torch.where(is_positive.any(dim=1) & is_negative.any(dim=1))
        return Triplets(anchor, farthest[anchor], nearest[anchor])


def build() -> BatchHard:
    return BatchHard()
