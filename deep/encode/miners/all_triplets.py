"""All triplets of a batch: nothing is chosen."""

import torch
from torch import Tensor

from eigen2arc.deep.encode.miners.triplets import Triplets, pair_masks


class AllTriplets:
    """All triplets: about N^2 (K - 1) in a batch of N images, K of each person."""

    def __call__(self, embeddings: Tensor, labels: Tensor) -> Triplets:
        """List all triplets of (N,) int64 labels, by anchor, positive, negative; the embeddings do not matter."""
        is_positive, is_negative = pair_masks(labels)
        anchor, positive = torch.where(is_positive)
        pair, negative = torch.where(is_negative[anchor])
        return Triplets(anchor[pair], positive[pair], negative)


def build() -> AllTriplets:
    return AllTriplets()
