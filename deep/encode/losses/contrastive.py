"""Contrastive: DeepID2's softmax plus contrastive loss (Sun et al., NIPS 2014)."""

from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from eigen2arc.core.bounds import Count, Gt, Le, NonNegative
from eigen2arc.deep.encode.miners.triplets import distances, mean_or_zero, pair_masks
from eigen2arc.deep.ops.cosines import centres


class Contrastive(nn.Module):
    """DeepID2's loss, Ident + lambda Verif, eqs. (2) and (3): softmax plus a contrastive loss.

    Ident is the cross-entropy of a linear classifier over people. Verif(f_i, f_j) is ||f_i - f_j||^2 / 2 for images of
    one person, max(0, m - ||f_i - f_j||)^2 / 2 for two people: here its mean over all pairs of one person in a batch
    plus that over all pairs of two, as the far more numerous latter would drown the former.

    The paper's features have any length, and it looks for m anew every 200,000 pairs. Here f is normalised for Verif,
    as it is when faces are compared, which gives m a scale: distances are 0 to 2.

    verification_weight : lambda. margin : m, the distance that two people are to have.
    """

    sampler = "people_images"

    def __init__(
        self,
        embedding_size: Count,
        classes: Count,
        verification_weight: NonNegative = 1.0,
        margin: Annotated[float, Gt(0), Le(2)] = 1.0,
    ) -> None:
        super().__init__()
        self.verification_weight, self.margin = verification_weight, margin
        self.weight = centres(classes, embedding_size)
        self.bias = nn.Parameter(torch.zeros(classes))

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Compute the loss, a scalar, of (N, D) embeddings of any length.

        labels : (N,) int64, 0 <= label < classes.
        """
        with torch.autocast(embeddings.device.type, enabled=False):
            logits = F.linear(embeddings.to(self.weight.dtype), self.weight, self.bias)
            ident = F.cross_entropy(logits, labels)
        return ident + self.verification_weight * self.verification(embeddings, labels)

    def verification(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Compute Verif, a scalar, of (N, D) embeddings and (N,) labels; pairs that are not there count 0."""
        is_positive, is_negative = pair_masks(labels)
        d = distances(embeddings)
        same, different = d[is_positive], (self.margin - d[is_negative]).relu()
        return (mean_or_zero(same.square(), len(same)) + mean_or_zero(different.square(), len(different))) / 2


build = Contrastive
