"""What a classifier that is spread over processes needs: all embeddings, and softmax over all columns, with gradients.

Each process calls backward() on the same loss, that of the global batch. DistributedDataParallel then averages the
gradients of the backbone over the P processes, where those of the parts of one batch have to be summed: so the gradient
that leaves here for the embeddings is P times its own.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from .processes import joined, largest, rank_and_count, total


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.n = len(x)
        return joined(x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        rank, count = rank_and_count()
        # Each process knows what its own columns want of every embedding; its embeddings take what all of them want.
        return count * total(gradient)[rank * ctx.n : (rank + 1) * ctx.n]


class _CrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor, true: Tensor) -> Tensor:
        here = (true >= 0).nonzero()[:, 0]
        place = (here, true[here])
        top = largest(z.amax(dim=1))
        z = z - top[:, None]
        z_true = torch.zeros_like(top).index_put((here,), z[place])
        p = z.exp()
        sums, z_true = total(torch.stack([p.sum(dim=1), z_true]))
        p /= sums[:, None]
        p[place] -= 1
        ctx.save_for_backward(p)
        return (sums.log() - z_true).mean()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (p_minus_true,) = ctx.saved_tensors
        return gradient / len(p_minus_true) * p_minus_true, None


def gather(x: Tensor) -> Tensor:
    """(N, D) embeddings, N the same on all P processes, to (P N, D), those of process 0 first, the same on all."""
    return _Gather.apply(x)


def sharded_cross_entropy(z: Tensor, true: Tensor) -> Tensor:
    """The mean cross-entropy of B rows of logits, their columns spread over the processes: a scalar, the same on all.

    z : (B, R) this process's columns, R >= 1. true : (B,) int64, the true class's column among them, -1 where another
    process has it; one process has it for every row.
    """
    return _CrossEntropy.apply(z, true)
