"""Softmax over classes that are spread over processes: each has some columns of the logits, of the whole batch."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from .processes import all_reduce_max, all_reduce_sum, rank_and_world_size


class _Replicated(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.view_as(x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return rank_and_world_size()[1] * gradient


class _CrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor, true: Tensor) -> Tensor:
        here = (true >= 0).nonzero()[:, 0]
        index = (here, true[here])
        top = all_reduce_max(z.amax(dim=1))
        z = z - top[:, None]
        z_true = torch.zeros_like(top).index_put((here,), z[index])
        p = z.exp()
        sums, z_true = all_reduce_sum(torch.stack([p.sum(dim=1), z_true]))
        p /= sums[:, None]
        p[index] -= 1
        ctx.save_for_backward(p)
        return (sums.log() - z_true).mean()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (p_minus_true,) = ctx.saved_tensors
        return gradient / len(p_minus_true) * p_minus_true, None


def replicated(x: Tensor) -> Tensor:
    """Pass on embeddings that all P processes have alike; on the way back multiply their gradient by P.

    A process finds the part of their gradient that its columns make. all_gather() sums over processes what would be the
    whole gradient on each, P times too much, for DistributedDataParallel to divide: so the part is multiplied by P.
    """
    return _Replicated.apply(x)


def sharded_cross_entropy(z: Tensor, true: Tensor) -> Tensor:
    """Compute the mean cross-entropy of B rows of logits whose columns are spread over the processes.

    It is a scalar, the same on all. z : (B, R) this process's columns, R >= 1. true : (B,) int64, the true class's
    column among them, -1 where another process has it; one process has it for every row. The gradient of z is that of
    the loss.
    """
    return _CrossEntropy.apply(z, true)
