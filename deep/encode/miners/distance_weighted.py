"""Distance-weighted sampling: negatives drawn evenly over all distances (Wu et al., ICCV 2017)."""

from typing import Annotated

import torch
from torch import Tensor

from eigen2arc.core.bounds import Gt, Lt
from eigen2arc.core.errors import UserError
from eigen2arc.deep.encode.miners.triplets import Triplets, distances, pair_masks


def log_density(d: Tensor, n: int) -> Tensor:
    """Compute log q(d), up to a constant: how many points of the sphere in n dimensions lie at distance d from one.

    d : of any shape, 0 < d < 2. Section 4: q(d) ~ d^(n-2) (1 - d^2/4)^((n-3)/2), which for n = 128 spans hundreds of
    orders of magnitude and peaks at sqrt(2).
    """
    return (n - 2) * d.log() + (n - 3) / 2 * torch.log1p(-d.square() / 4)


class DistanceWeighted:
    """Distance-weighted sampling: a negative for every positive pair, with probability ~ min(lambda, 1 / q(d)).

    Drawn uniformly, nearly all negatives would be at sqrt(2), where there is nothing to learn; the nearest alone would
    be noise. lambda is 1 / q at ``nearest``. Those beyond ``farthest`` are drawn only by an anchor that has no others.
    """

    def __init__(self, nearest: float, farthest: float) -> None:
        self.nearest, self.farthest = nearest, farthest

    @torch.no_grad()
    def __call__(self, embeddings: Tensor, labels: Tensor) -> Triplets:
        """Choose triplets of (N, D) embeddings of any length and (N,) int64 labels, ordered by anchor and positive."""
        is_positive, is_negative = pair_masks(labels)
        anchor, positive = torch.where(is_positive & is_negative.any(dim=1, keepdim=True))
        if len(anchor) == 0:
            return Triplets(anchor, positive, anchor)
        probability = self.probabilities(distances(embeddings), is_negative, embeddings.shape[1])
        return Triplets(anchor, positive, torch.multinomial(probability[anchor], 1)[:, 0])

    def probabilities(self, d: Tensor, is_negative: Tensor, n: int) -> Tensor:
        """Compute for distances (N, N) in n dimensions how probable each point is as the negative of its row's anchor.

        Rows sum to 1; one without any negative means nothing.
        """
        within = is_negative & (d < self.farthest)
        log_weight = -log_density(d.clamp(self.nearest, self.farthest), n)
        uniform = torch.zeros_like(d).masked_fill(~is_negative, -torch.inf)
        return torch.where(within.any(1, keepdim=True), log_weight.masked_fill(~within, -torch.inf), uniform).softmax(1)


def build(
    *, nearest: Annotated[float, Gt(0), Lt(2)] = 0.5, farthest: Annotated[float, Gt(0), Lt(2)] = 1.4
) -> DistanceWeighted:
    """Build the distance-weighted miner.

    nearest : distance, below which negatives are as likely as there. farthest : distance, at and beyond which they are
    left out, as the margin loss does not mind them. Raises UserError.
    """
    if nearest >= farthest:
        raise UserError(f"distance_weighted: farthest = {farthest}: expected more than nearest, {nearest}")
    return DistanceWeighted(nearest, farthest)
