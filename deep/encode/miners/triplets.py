"""Pairs and triplets of a batch: who is whose positive, who whose negative, and how far apart they are."""

from typing import NamedTuple, Protocol

import torch
from torch import Tensor
from torch.nn import functional as F


class Triplets(NamedTuple):
    """Triplets of a batch as three (T,) int64 indices into it; T may be 0.

    positive[t] is another image of the person on anchor[t], negative[t] one of somebody else.
    """

    anchor: Tensor
    positive: Tensor
    negative: Tensor


class Miner(Protocol):
    """Chooses the triplets of a batch that are worth learning from: a plug-in of deep/encode/miners."""

    def __call__(self, embeddings: Tensor, labels: Tensor) -> Triplets:
        """Choose triplets of (N, D) embeddings of any length and (N,) int64 labels.

        What is drawn, if anything, is drawn from torch's own generator.
        """
        ...


def distances(embeddings: Tensor, *, normalised: bool = True) -> Tensor:
    """Compute the Euclidean distances (N, N) of (N, D) embeddings of any length, of normalised ones 0 to 2.

    In float32 at least. A distance of 0, where the root has no slope, has gradient 0.
    """
    with torch.autocast(embeddings.device.type, enabled=False):
        x = embeddings.to(torch.promote_types(embeddings.dtype, torch.float32))
        x = F.normalize(x) if normalised else x
        # Not from inner products: 2 - 2 cos loses half of the digits of a small distance.
        return torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist")


def pair_masks(labels: Tensor) -> tuple[Tensor, Tensor]:
    """Tell for labels (N,) where j is another image of i's person, and where j is of somebody else: two (N, N) bool."""
    same = labels[:, None] == labels
    return same & ~torch.eye(len(labels), dtype=torch.bool, device=labels.device), ~same


def mean_or_zero(values: Tensor, count: Tensor | int) -> Tensor:
    """Divide the sum of ``values`` by ``count``; 0, and still on the graph, where there are none."""
    return values.sum() / max(1, int(count))
