"""Batch normalisation over the batch of all processes, so that their number does not change what is learned."""

import torch
from torch import Tensor, nn
from torch.distributed.nn.functional import all_reduce
from torch.nn.modules.batchnorm import _BatchNorm

from .processes import rank_and_world_size


class SynchronizedBatchNorm(_BatchNorm):
    """A nn.BatchNorm1d or 2d whose mean and variance are those of all processes' rows; torch's own needs a GPU.

    The sums are added up by an all_reduce that gradients pass, back to every process.
    """

    def _check_input_dim(self, input: Tensor) -> None:
        """Rows of any number of dimensions will do."""

    def forward(self, input: Tensor) -> Tensor:
        """Normalise (N, C, ...), N rows on each process, by the mean and variance of all processes' rows."""
        if not self.training:
            return super().forward(input)
        x = input.to(torch.promote_types(input.dtype, torch.float32))  # sums of half precision would be too rough
        over = [d for d in range(x.ndim) if d != 1]
        # Two passes, since E[x^2] - E[x]^2 loses all digits where the mean is large.
        count = all_reduce(x.new_tensor(x.numel() // x.shape[1]))
        mean = all_reduce(x.sum(over)) / count
        away = x - _column(mean, x)
        variance = all_reduce(away.square().sum(over)) / count
        with torch.no_grad():
            assert self.running_mean is not None and self.running_var is not None
            assert self.num_batches_tracked is not None and self.momentum is not None
            self.num_batches_tracked += 1
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * count / (count - 1), self.momentum)
        y = away * _column((variance + self.eps).rsqrt(), x)
        if self.affine:
            y = y * _column(self.weight, x) + _column(self.bias, x)
        return y.to(input.dtype)


def _column(values: Tensor, x: Tensor) -> Tensor:
    """(C,) to be combined with (N, C, ...)."""
    return values.view(1, -1, *(1,) * (x.ndim - 2))


def synchronize_batch_norms(network: nn.Module, device: torch.device) -> nn.Module:
    """Make a network's batch normalisations use all processes' rows, in place; nothing is done on one process.

    device : where the network will be trained; torch's own normalisation knows GPUs only.
    """
    if rank_and_world_size()[1] == 1:
        return network
    if device.type == "cuda":
        return nn.SyncBatchNorm.convert_sync_batchnorm(network)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.__class__ = SynchronizedBatchNorm  # type: ignore[assignment]
    return network
