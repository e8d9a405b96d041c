"""The processes that train together, if there are several: how many, which is this one, and what all of them say."""

import torch
import torch.distributed as dist
from torch import Tensor


def rank_and_count() -> tuple[int, int]:
    """This process's number, from 0, and how many there are; (0, 1) where one trains alone."""
    if dist.is_available() and dist.is_initialized():
        return dist.get_rank(), dist.get_world_size()
    return 0, 1


def total(x: Tensor) -> Tensor:
    """The sum of x over all processes, entry by entry, without a gradient; of any shape, the same on all."""
    x = x.detach().clone(memory_format=torch.contiguous_format)
    if rank_and_count()[1] > 1:
        dist.all_reduce(x)
    return x


def largest(x: Tensor) -> Tensor:
    """The maximum of x over all processes, entry by entry, without a gradient; of any shape, the same on all."""
    x = x.detach().clone(memory_format=torch.contiguous_format)
    if rank_and_count()[1] > 1:
        dist.all_reduce(x, dist.ReduceOp.MAX)
    return x
