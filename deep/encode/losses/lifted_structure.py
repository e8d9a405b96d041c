"""Lifted structure: every pair of one person against all negatives of both (Oh Song et al., CVPR 2016)."""

import torch
from torch import Tensor, nn

from eigen2arc.core.bounds import Count, Positive
from eigen2arc.deep.encode.miners.triplets import distances, mean_or_zero, pair_masks


class LiftedStructure(nn.Module):
    """Lifted structured loss, eq. (4): the smooth upper bound of eq. (3), whose hardest negatives vary step by step.

    J_ij = log(sum_k exp(alpha - D_ik) + sum_l exp(alpha - D_jl)) + D_ij over all negatives k of i and l of j, and the
    loss is the sum of max(0, J_ij)^2 over pairs i, j of one person, over twice their number. The embeddings keep their
    length, as in the paper: of distances within 0 to 2 the sum of exponentials hardly tells near from far.
    """

    sampler = "people_images"

    def __init__(self, margin: float) -> None:
        super().__init__()
        self.margin = margin

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Compute the loss, a scalar, of (N, D) embeddings of any length and (N,) int64 labels; 0 without triplets."""
        is_positive, is_negative = pair_masks(labels)
        d = distances(embeddings, normalised=False)
        # Not -inf: a sum over no negatives at all would have NaN for a gradient.
        pushes = (self.margin - d).masked_fill(~is_negative, torch.finfo(d.dtype).min).logsumexp(dim=1)
        i, j = torch.where(is_positive.triu())
        bound = torch.logaddexp(pushes[i], pushes[j]) + d[i, j]
        return mean_or_zero(bound.relu().square(), 2 * len(i))


def build(*, embedding_size: Count, classes: Count, margin: Positive = 1.0) -> LiftedStructure:
    """Build the lifted-structure loss.

    embedding_size, classes : as every loss is told; there is nothing to learn here. margin : alpha.
    """
    return LiftedStructure(margin)
