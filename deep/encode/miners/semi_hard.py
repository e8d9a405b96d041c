"""Semi-hard negatives: for every pair of one person the nearest negative beyond it (Schroff et al., CVPR 2015)."""

import torch
from torch import Tensor

from eigen2arc.deep.encode.miners.triplets import Triplets, distances, pair_masks


class SemiHard:
    """Semi-hard negatives, section 3.2: all pairs of anchor and positive, each with a negative that fulfils eq. (4).

    That is one farther from the anchor than the positive is. The nearest of those is taken; whether it is inside the
    margin is for the loss to see. A pair without one is left out: the hardest negatives, which are nearer than the
    positive, can make all embeddings fall together early in training.
    """

    @torch.no_grad()
    def __call__(self, embeddings: Tensor, labels: Tensor) -> Triplets:
        """Choose triplets of (N, D) embeddings of any length and (N,) int64 labels, ordered by anchor and positive."""
        is_positive, is_negative = pair_masks(labels)
        d = distances(embeddings)
        anchor, positive = torch.where(is_positive)
        beyond = is_negative[anchor] & (d[anchor] > d[anchor, positive][:, None])
        nearest = d[anchor].masked_fill(~beyond, torch.inf).argmin(dim=1)
        found = beyond.any(dim=1)
        return Triplets(anchor[found], positive[found], nearest[found])


def build() -> SemiHard:
    return SemiHard()
