"""MTCNN's networks for a GPU: colours last in memory, and where wanted half precision and CUDA graphs."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from eigen2arc.deep.ops.cuda_graphs import Graphed, padded

from .networks import Networks

#: The smallest batch of crops that a graph is made for; smaller ones are filled up.
LEAST_CROPS = 256


class GpuNetwork:
    """A network with float32 inputs and outputs, whatever it computes with.

    least : to which batch size a smaller one is filled up where there are graphs.
    """

    def __init__(self, network: nn.Module, half: bool, graphs: bool, least: int) -> None:
        self.dtype = torch.float16 if half else torch.float32
        self.least = least
        network.to(memory_format=torch.channels_last, dtype=self.dtype)  # type: ignore[call-overload]
        self.network = network
        self.graphed = Graphed(network) if graphs else None

    def __call__(self, x: Tensor, *constants: Tensor) -> tuple[Tensor, ...]:
        n, x = len(x), x.to(self.dtype)
        if self.graphed is None or n == 0:
            outputs = self.network(x, *constants)
        else:
            outputs = self.graphed(padded(x, self.least), *constants)
        return tuple(output[:n].float() for output in outputs)


class GpuNetworks(NamedTuple):
    """The cascade's three networks in this form, in place of Networks."""

    pnet: GpuNetwork
    rnet: GpuNetwork
    onet: GpuNetwork


def convert_for_gpu(networks: Networks, half: bool, graphs: bool) -> GpuNetworks:
    """Convert the networks, in place, to run on a GPU.

    half : computing in float16. graphs : one launch for all kernels of a network.
    """
    least = (1, LEAST_CROPS, LEAST_CROPS)
    return GpuNetworks(*(GpuNetwork(net, half, graphs, n) for net, n in zip(networks, least, strict=True)))
