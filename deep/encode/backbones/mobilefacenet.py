"""MobileFaceNet: inverted residuals and a global depthwise convolution (Chen et al., CCBR 2018)."""

from typing import Annotated

from torch import Tensor, nn

from eigen2arc.core.bounds import EmbeddingSize, Ge, Gt, Le, MultipleOf
from eigen2arc.deep.encode.network.backbone import Backbone

#: Table 1 of the paper, the bottlenecks: t expansion, c output channels, n repeats, s stride of the first.
BOTTLENECKS = ((2, 64, 5, 2), (4, 128, 1, 2), (2, 128, 6, 1), (4, 128, 1, 2), (2, 128, 2, 1))

#: Pixels of the crop, in each direction, that one position of the last map stands for.
STRIDE = 16


def _convolution(
    c_in: int, c_out: int, kernel: int, stride: int = 1, padding: int = 0, groups: int = 1, linear: bool = False
) -> nn.Sequential:
    """Convolution, batch normalisation and, unless it is a linear one, PReLU."""
    layers = [nn.Conv2d(c_in, c_out, kernel, stride, padding, groups=groups, bias=False), nn.BatchNorm2d(c_out)]
    return nn.Sequential(*layers) if linear else nn.Sequential(*layers, nn.PReLU(c_out))


class Bottleneck(nn.Module):
    """MobileNetV2's block: widen (1x1), filter each channel (3x3), project back linearly (1x1)."""

    def __init__(self, c_in: int, wide: int, c_out: int, stride: int) -> None:
        super().__init__()
        self.block = nn.Sequential(
            _convolution(c_in, wide, 1),
            _convolution(wide, wide, 3, stride, padding=1, groups=wide),
            _convolution(wide, c_out, 1, linear=True),
        )
        self.residual = stride == 1 and c_in == c_out

    def forward(self, x: Tensor) -> Tensor:
        return x + self.block(x) if self.residual else self.block(x)


class MobileFaceNet(Backbone):
    """MobileFaceNet backbone (table 1).

    The last map is weighted position by position (GDConv) instead of averaged: an eye is not a cheek.

    width : factor on all channels (then rounded to 8s); 1 is the paper's, 1.0 M parameters where D is 128. trunk :
    factor on the channels between the bottlenecks alone; 2 is InsightFace's MobileFaceNet, 2.05 M.
    """

    def __init__(
        self,
        embedding_size: EmbeddingSize = 512,
        size_px: Annotated[int, Ge(STRIDE), Le(8192), MultipleOf(STRIDE)] = 112,
        width: Annotated[float, Gt(0), Le(16)] = 1.0,
        trunk: Annotated[int, Ge(1), Le(16)] = 1,
    ) -> None:
        super().__init__()
        self.embedding_size, self.size_px = embedding_size, size_px

        def channels(c: int) -> int:
            return max(8, round(c * width / 8) * 8)  # whole vector registers

        c_in = channels(64)
        layers: list[nn.Module] = [
            _convolution(3, trunk * c_in, 3, stride=2, padding=1),
            _convolution(trunk * c_in, trunk * c_in, 3, padding=1, groups=c_in),
        ]
        for t, c, n, s in BOTTLENECKS:
            for repeat in range(n):
                stride = s if repeat == 0 else 1
                layers.append(Bottleneck(trunk * c_in, t * c_in, trunk * channels(c), stride))
                c_in = channels(c)
        last = channels(512)
        layers += [
            _convolution(trunk * c_in, last, 1),
            _convolution(last, last, size_px // STRIDE, groups=last, linear=True),  # linear GDConv
            _convolution(last, embedding_size, 1, linear=True),
            nn.Flatten(),
        ]
        self.layers = nn.Sequential(*layers)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Encode (N, 3, S, S) float RGB, (pixel - 127.5) / 128, as (N, D) embeddings of any length."""
        return self.layers(x)


build = MobileFaceNet
