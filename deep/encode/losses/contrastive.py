"""Contrastive: DeepID2's softmax plus contrastive loss (Sun et al., NIPS 2014)."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from eigen2arc.core.errors import UserError
from eigen2arc.deep.encode.miners.triplets import distances, mean_or_zero, pair_masks
from eigen2arc.deep.ops.cosines import centres


class Contrastive(nn.Module):
    """DeepID2's loss, Ident + lambda Verif, eqs. (2) and (3): softmax plus a contrastive loss.

    Ident is the cross-entropy of a linear classifier over people. Verif(f_i, f_j) is ||f_i - f_j||^2 / 2 for images of
    one person, max(0, m - ||f_i - f_j||)^2 / 2 for two people: here its mean over all pairs of one person in a batch
    plus that over all pairs of two, as the far more numerous latter would drown the former.

    The paper's features have any length, and it looks for m anew every 200,000 pairs. Here f is normalised for Verif,
    as it is when faces are compared, which gives m a scale: distances are 0 to 2.
    """

    sampler = "people_images"

    def __init__(self, embedding_size: int, classes: int, verification_weight: float, margin: float) -> None:
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


def build(*, embedding_size: int, classes: int, verification_weight: float = 1.0, margin: float = 1.0) -> Contrastive:
    """Build the contrastive loss with its classifier.

    embedding_size : D. classes : people in the training set.

    verification_weight : lambda, 0 or more. margin : m, the distance that two people are to have, 0 < m <= 2.
    """
    if not verification_weight >= 0:
        raise UserError(f"verification_weight: expected 0 or more, got {verification_weight}")
    if not 0 < margin <= 2:
        raise UserError(f"margin: expected a distance above 0, up to 2, got {margin}")
    return Contrastive(embedding_size, classes, verification_weight, margin)
