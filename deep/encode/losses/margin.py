"""Margin-based loss: positives within, negatives beyond a learned boundary (Wu et al., ICCV 2017)."""

import torch
from torch import Tensor, nn

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
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
    embedding_size: int,
    classes: int,
    margin: float = 0.2,
    beta: float = 1.2,
    nu: float = 0.0,
    miner: str = "distance_weighted",
) -> Margin:
    """Build the margin loss.

    embedding_size : as every loss is told. classes : people in the training set, each with a beta.

    margin : alpha, half of the distance that has to lie between positives and negatives, above 0. beta : what each
    starts from, 0 to 2. nu : weight of their sum, 0 or more. miner : a plug-in of deep/encode/miners.
    """
    if not margin > 0:
        raise UserError(f"margin: expected a distance above 0, got {margin}")
    if not 0 <= beta <= 2:
        raise UserError(f"beta: expected a distance of 0 to 2, got {beta}")
    if not nu >= 0:
        raise UserError(f"nu: expected 0 or more, got {nu}")
    return Margin(classes, margin, beta, nu, plugins.build("miner", miner))
