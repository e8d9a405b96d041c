"""Batch hard, or TriHard: triplet loss on each anchor's hardest positive and negative (Hermans et al., 2017)."""

from torch import Tensor, nn
from torch.nn import functional as F

from eigen2arc.core.bounds import Count, Positive
from eigen2arc.deep.encode.miners.batch_hard import BatchHard as HardestTriplets
from eigen2arc.deep.encode.miners.triplets import distances, mean_or_zero


class BatchHard(nn.Module):
    """Batch-hard triplet loss, eq. (5) of "In Defense of the Triplet Loss for Person Re-Identification".

    The mean over anchors of [m + max D(a, p) - min D(a, n)]+, or with the soft margin of section 2 of
    ln(1 + exp(max D(a, p) - min D(a, n))), which goes on pulling beyond any margin. D is the distance, or its square.
    The paper leaves the embeddings' length free; here they are normalised, as they are when faces are compared.
    """

    sampler = "people_images"

    def __init__(self, soft_margin: bool, margin: float, squared: bool) -> None:
        super().__init__()
        self.soft_margin, self.margin, self.squared = soft_margin, margin, squared
        self.miner = HardestTriplets()

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Compute the loss, a scalar, of (N, D) embeddings of any length and (N,) int64 labels; 0 without triplets."""
        anchor, positive, negative = self.miner(embeddings, labels)
        d = distances(embeddings)
        d = d.square() if self.squared else d
        gap = d[anchor, positive] - d[anchor, negative]
        return mean_or_zero(F.softplus(gap) if self.soft_margin else (gap + self.margin).relu(), len(anchor))


def build(
    *, embedding_size: Count, classes: Count, soft_margin: bool = True, margin: Positive = 0.2, squared: bool = False
) -> BatchHard:
    """Build the batch-hard triplet loss.

    embedding_size, classes : as every loss is told; there is nothing to learn here.

    soft_margin : the soft margin in place of the hinge. margin : m of the hinge. squared : distances squared.
    """
    return BatchHard(soft_margin, margin, squared)
