"""RetinaFace on a MobileNet with a quarter of the channels, as in "Face-Detector-1MB-with-landmark".

Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications", 2017, table 1 with
width multiplier 0.25.
"""

from torch import Tensor, nn

from .blocks import Convolution, separable
from .retinaface import SMALL_PX, Body, RetinaFace


class MobileNet025(Body):
    """MobileNet backbone (table 1 up to its last convolution).

    slope : of the activations below 0, see blocks.Convolution.
    """

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
        c3 = self.stride8(x)
        c4 = self.stride16(c3)
        return [c3, c4, self.stride32(c4)]


def build() -> RetinaFace:
    """Build RetinaFace on MobileNet. 0.4 M parameters."""
    return RetinaFace(MobileNet025(slope=0.0), channels=64, slope=0.0, sizes_px=SMALL_PX)
