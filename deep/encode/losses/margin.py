"""Margin-based loss: positives within, negatives beyond a learned boundary (Wu et al., ICCV 2017)."""

from typing import Annotated

import torch
from torch import Tensor, nn

from eigen2arc.core import plugins
from eigen2arc.core.bounds import Count, Ge, Le, NonNegative, Positive
from eigen2arc.deep.encode.miners.triplets import Miner, distances, mean_or_zero


class Margin(nn.Module):
    """Margin-based loss, section 4 of "Sampling Matters in Deep Embedding Learning": max(0, alpha + y (D - beta)).

    y is 1 for the two of one person, -1 for two people, D their distance, normalised, and beta the boundary between
    both, learned for each person; of a triplet it is that of the anchor's. nu times the sum of beta is added, which
    favours small ones. All is divided by the number of pairs that are not yet right.
    """

    sampler = "people_images"

    def __init__(self, classes: int, margin: float, beta: float, nu: float, miner: Miner) -> None:
        super().__init__()
        self.margin, self.nu, self.miner = margin, nu, miner
        self.beta = nn.Parameter(torch.full((classes,), float(beta)))

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Compute the loss, a scalar, of (N, D) embeddings of any length.

        labels : (N,) int64, 0 <= label < classes. The loss is 0 where there is no triplet.
        """
        anchor, positive, negative = self.miner(embeddings, labels)
        d, beta = distances(embeddings), self.beta[labels[anchor]]
        apart = (self.margin + d[anchor, positive] - beta).relu()
        near = (self.margin + beta - d[anchor, negative]).relu()
        wrong = (apart > 0).sum() + (near > 0).sum()
        return mean_or_zero(apart + near + self.nu * beta, wrong)


def build(
    *,
    embedding_size: Count,
    classes: Count,
    margin: Positive = 0.2,
    beta: Annotated[float, Ge(0), Le(2)] = 1.2,
    nu: NonNegative = 0.0,
    miner: str = "distance_weighted",
) -> Margin:
    """Build the margin loss.

    embedding_size : as every loss is told. classes : people in the training set, each with a beta.

    margin : alpha, half of the distance that has to lie between positives and negatives. beta : what each starts from,
    a distance. nu : weight of their sum. miner : a plug-in of deep/encode/miners.
    """
    return Margin(classes, margin, beta, nu, plugins.build("miner", miner))
