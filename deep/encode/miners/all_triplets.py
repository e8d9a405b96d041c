"""All triplets of a batch: nothing is chosen."""

import torch
from torch import Tensor

from eigen2arc.deep.encode.margin.triplets import Triplets, pair_masks


class AllTriplets:
    """About N^2 (K - 1) of them in a batch of N images, K of each person."""

    def __call__(self, embeddings: Tensor, labels: Tensor) -> Triplets:
        """(N, D) embeddings, which do not matter, and (N,) int64 labels; ordered by anchor, positive, negative."""
        is_positive, is_negative = pair_masks(labels)
        anchor, positive = torch.where(is_positive)
        pair, negative = torch.where(is_negative[anchor])
        return Triplets(anchor[pair], positive[pair], negative)


def build() -> AllTriplets:
    return AllTriplets()
