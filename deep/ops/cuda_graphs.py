"""A network as a CUDA graph: its kernels are launched all at once.

That pays where launching them one by one takes longer than they do. The graph is of one shape of input. MTCNN's
canvases and its batches of crops have few.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

#: Graphs that are kept, each with the memory of its maps; of more shapes the one that was not used longest is dropped.
KEPT = 8

#: Calls before the capture: cuDNN chooses its kernels and their memory is taken in them.
WARM_UP = 3


class _Captured(NamedTuple):
    graph: torch.cuda.CUDAGraph
    x: Tensor
    constants: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


class Graphed:
    """A function of a tensor, and of constants, as one that replays graphs of it.

    function : ``function(x, *constants)`` gives a tuple of tensors and asks nothing of the values on the device. Each
    call with a shape of x, or constants (the tensors themselves), that are new is captured.
    """

    def __init__(self, function: Callable[..., tuple[Tensor, ...]]) -> None:
        self.function = function
        self.captured: OrderedDict[tuple[object, ...], _Captured] = OrderedDict()

    def __call__(self, x: Tensor, *constants: Tensor) -> tuple[Tensor, ...]:
        key = (x.shape, x.dtype, *map(id, constants))
        if key not in self.captured:
            self.captured[key] = self._capture(x, constants)
            if len(self.captured) > KEPT:
                self.captured.popitem(last=False)
        self.captured.move_to_end(key)
        captured = self.captured[key]
        captured.x.copy_(x)
        captured.graph.replay()
        return tuple(output.clone() for output in captured.outputs)  # the next replay writes over them

    def _capture(self, x: Tensor, constants: tuple[Tensor, ...]) -> _Captured:
        """As the manual of torch.cuda.CUDAGraph has it: on a stream of its own, after some calls that are not kept."""
        static = x.clone()
        side_stream = torch.cuda.Stream()
        side_stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side_stream):
            for _ in range(WARM_UP):
                self.function(static, *constants)
        torch.cuda.current_stream().wait_stream(side_stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            outputs = self.function(static, *constants)
        return _Captured(graph, static, constants, outputs)


def padded(x: Tensor, least: int) -> Tensor:
    """Pad a batch (N, ...), N > 0, with rows of zeros to a power of two, ``least`` or more: few shapes occur."""
    wanted = max(least, 1 << (len(x) - 1).bit_length())
    return torch.cat([x, x.new_zeros(wanted - len(x), *x.shape[1:])])
