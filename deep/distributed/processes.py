"""The processes that train together, if there are several: how many, which is this one, and sums over all of them."""

import torch
import torch.distributed as dist
from torch import Tensor


def rank_and_world_size() -> tuple[int, int]:
    """Return this process's rank, from 0, and the number of processes; (0, 1) where one trains alone."""
    if dist.is_available() and dist.is_initialized():
        return dist.get_rank(), dist.get_world_size()
    return 0, 1


def all_reduce_sum(x: Tensor) -> Tensor:
    """Return the sum of x over all processes, entry by entry, without a gradient; of any shape, the same on all."""
    x = x.detach().clone(memory_format=torch.contiguous_format)
    if rank_and_world_size()[1] > 1:
        dist.all_reduce(x)
    return x


def all_reduce_max(x: Tensor) -> Tensor:
    """Return the maximum of x over all processes, entry by entry, without a gradient; of any shape, the same on all."""
    x = x.detach().clone(memory_format=torch.contiguous_format)
    if rank_and_world_size()[1] > 1:
        dist.all_reduce(x, dist.ReduceOp.MAX)
    return x


def any_process(flags: list[bool]) -> list[bool]:
    """Return the element-wise OR of the flags over all processes, so that all of them do the same."""
    if rank_and_world_size()[1] == 1:
        return flags
    # NCCL knows only its GPU's tensors.
    device = "cuda" if dist.get_backend() == "nccl" else "cpu"
    return [bool(flag) for flag in all_reduce_max(torch.tensor(flags, dtype=torch.uint8, device=device)).tolist()]


def gather_to_first(x: Tensor, rows: list[int]) -> Tensor:
    """Gather (rows[process], ...) of each process, one after another, on the CPU of the first process.

    The others get back what they gave. Part by part, so that no device has to hold more than two.
    """
    rank, count = rank_and_world_size()
    if count == 1:
        return x.detach()
    parts = []
    for source in range(count):
        part = x.detach().contiguous() if source == rank else x.new_empty((rows[source], *x.shape[1:]))
        dist.broadcast(part, source)
        if rank == 0:
            parts.append(part.cpu())
    return torch.cat(parts) if rank == 0 else x.detach()
