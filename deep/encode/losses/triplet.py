"""Triplet: a face nearer to its person's than to anybody else's, by a margin (FaceNet, Schroff et al., CVPR 2015)."""

from typing import Annotated

from torch import Tensor, nn

from eigen2arc.core import plugins
from eigen2arc.core.bounds import Count, Gt, Lt
from eigen2arc.deep.encode.miners.triplets import Miner, distances, mean_or_zero


class Triplet(nn.Module):
    """Triplet loss, eq. (3): max(0, ||a - p||^2 - ||a - n||^2 + alpha) of normalised embeddings.

    It is the mean over those mined triplets that are inside the margin: the sum of the paper would grow with the batch,
    and the many that are already right would make a mean over all vanish.
    """

    sampler = "people_images"

    def __init__(self, margin: float, miner: Miner) -> None:
        super().__init__()
        self.margin, self.miner = margin, miner

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Compute the loss, a scalar, of (N, D) embeddings of any length and (N,) int64 labels; 0 without triplets."""
        anchor, positive, negative = self.miner(embeddings, labels)
        d2 = distances(embeddings).square()
        violation = (d2[anchor, positive] - d2[anchor, negative] + self.margin).relu()
        return mean_or_zero(violation, (violation > 0).sum())


def build(
    *, embedding_size: Count, classes: Count, margin: Annotated[float, Gt(0), Lt(4)] = 0.2, miner: str = "semi_hard"
) -> Triplet:
    """Build the triplet loss.

    embedding_size, classes : as every loss is told; there is nothing to learn here.

    margin : alpha, in squared distances. miner : a plug-in of deep/encode/miners.
    """
    return Triplet(margin, plugins.build("miner", miner))
