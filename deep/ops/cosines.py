"""Class centres and the cosines of embeddings to them, in full precision: what every classifier begins with."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Forward = Callable[[Any, Tensor, Tensor], Tensor]


def full_precision(forward: Forward) -> Forward:
    """Run a loss's forward outside of autocast, on embeddings of its weight's type: a decorator.

    In bfloat16 a cosine has two decimals, too few for a margin.
    """

    @wraps(forward)
    def precise(loss: Any, embeddings: Tensor, labels: Tensor) -> Tensor:
        with torch.autocast(embeddings.device.type, enabled=False):
            return forward(loss, embeddings.to(loss.weight.dtype), labels)

    return precise


def centres(rows: int, embedding_size: int) -> nn.Parameter:
    """Draw class centres (rows, D), normally distributed, as all losses' `weight` begins."""
    return nn.Parameter(nn.init.xavier_normal_(torch.empty(rows, embedding_size)))


def cosines(x: Tensor, weight: Tensor) -> Tensor:
    """Compute cos(theta_j) (N, C) of embeddings (N, D) to centres (C, D) of any length, -1 to 1 but for rounding."""
    return F.normalize(x) @ F.normalize(weight).T
