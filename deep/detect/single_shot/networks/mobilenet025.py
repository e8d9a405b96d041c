"""MobileNet with a quarter of the channels, as a body that gives the maps of strides 8, 16 and 32.

Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications", 2017, table 1 with
width multiplier 0.25.
"""

from torch import Tensor, nn

from .blocks import Convolution, separable


class MobileNet025(nn.Module):
    """MobileNet backbone (table 1 up to its last convolution).

    slope : of the activations below 0, see blocks.Convolution.
    """

    #: Of the three maps.
    channels = (64, 128, 256)

    def __init__(self, slope: float) -> None:
        super().__init__()

        def block(c_in: int, c_out: int, stride: int = 1) -> nn.Sequential:
            return separable(c_in, c_out, stride, slope=slope, last_slope=slope)

        self.stride8 = nn.Sequential(
            Convolution(3, 8, 3, 2, slope=slope),
            block(8, 16),
            block(16, 32, 2),
            block(32, 32),
            block(32, 64, 2),
            block(64, 64),
        )
        self.stride16 = nn.Sequential(block(64, 128, 2), *[block(128, 128) for _ in range(5)])
        self.stride32 = nn.Sequential(block(128, 256, 2), block(256, 256))

    def forward(self, x: Tensor) -> list[Tensor]:
        """Compute the three maps of images (B, 3, H, W): (B, C, H / 8, W / 8) and so on, C the channels.

        Sizes are rounded up.
        """
        c3 = self.stride8(x)
        c4 = self.stride16(c3)
        return [c3, c4, self.stride32(c4)]
