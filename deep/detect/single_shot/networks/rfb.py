"""RFB: Slim with a receptive field block on its finest map, which lets small faces see more of their surroundings.

Liu, Huang, Wang, "Receptive Field Block Net for Accurate and Fast Object Detection", ECCV 2018, section 3.2, fig. 4;
the network is the larger one of the public "Face-Detector-1MB-with-landmark".
"""

from collections import OrderedDict
from itertools import pairwise

import torch
from torch import Tensor, nn

from .blocks import Convolution, activate
from .slim import Slim


class ReceptiveFieldBlock(nn.Module):
    """(B, c, h, w) to the same shape: three branches of growing kernels, each ended by one dilated as far as it grew.

    Like the sizes of receptive fields in the visual cortex, which grow with their distance from the centre of gaze.
    """

    def __init__(self, c: int) -> None:
        super().__init__()
        narrow, wide = c // 8, c // 4
        self.near = _branch(c, (narrow, wide), dilation=2)
        self.middle = _branch(c, (narrow, wide), dilation=3)
        self.far = _branch(c, (narrow, narrow // 2 * 3, wide), dilation=5)
        self.merge = Convolution(3 * wide, c, 1, slope=None)
        self.shortcut = Convolution(c, c, 1, slope=None)

    def forward(self, x: Tensor) -> Tensor:
        branches = torch.cat([self.near(x), self.middle(x), self.far(x)], dim=1)
        return activate(self.merge(branches) + self.shortcut(x), 0.0)


def _branch(c: int, widths: tuple[int, ...], dilation: int) -> nn.Sequential:
    """1 x 1 to the first width, 3 x 3 to each further one, then a dilated 3 x 3."""
    layers: OrderedDict[str, nn.Module] = OrderedDict(narrow=Convolution(c, widths[0], 1, slope=None))
    for number, (c_in, c_out) in enumerate(pairwise(widths)):
        layers[f"grow{number}"] = Convolution(c_in, c_out, 3)
    layers["dilated"] = Convolution(widths[-1], widths[-1], 3, dilation=dilation, slope=None)
    return nn.Sequential(layers)


def build() -> Slim:
    """Build RFB. 0.3 M parameters."""
    return Slim(last=ReceptiveFieldBlock(64))
