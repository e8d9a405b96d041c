"""SSH's context module: windows of 3, 5 and 7 pixels around a cell, concatenated.

Najibi, Samangouei, Chellappa, Davis, "SSH: Single Stage Headless Face Detector", ICCV 2017, section 3.3, fig. 3 and 4.
The larger windows are stacks of 3 x 3 convolutions, which cost less.
"""

import torch
from torch import Tensor, nn

from .blocks import Convolution


class Context(nn.Module):
    """(B, c_in, h, w) to (B, c_out, h, w): half the channels see 3 x 3, a quarter each 5 x 5 and 7 x 7.

    slope : of the activations within a stack; at its end stands a ReLU. c_out has to be divisible by 4. normalized :
    see blocks.Convolution.
    """

    def __init__(self, c_in: int, c_out: int, slope: float, normalized: bool = True) -> None:
        super().__init__()
        half, quarter = c_out // 2, c_out // 4
        self.window3 = Convolution(c_in, half, 3, normalized=normalized)
        self.first3 = Convolution(c_in, quarter, 3, slope=slope, normalized=normalized)  # shared by the larger windows
        self.window5 = Convolution(quarter, quarter, 3, normalized=normalized)
        self.second3 = Convolution(quarter, quarter, 3, slope=slope, normalized=normalized)
        self.window7 = Convolution(quarter, quarter, 3, normalized=normalized)

    def forward(self, x: Tensor) -> Tensor:
        shared = self.first3(x)
        return torch.cat([self.window3(x), self.window5(shared), self.window7(self.second3(shared))], dim=1)
