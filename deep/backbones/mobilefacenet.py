"""MobileFaceNet: inverted residuals and a global depthwise convolution (Chen et al., CCBR 2018)."""

from torch import Tensor, nn

from eigen2arc.core.errors import UserError

from ..embed import Backbone

#: Table 1 of the paper, the bottlenecks: t expansion, c output channels, n repeats, s stride of the first.
BOTTLENECKS = ((2, 64, 5, 2), (4, 128, 1, 2), (2, 128, 6, 1), (4, 128, 1, 2), (2, 128, 2, 1))


def _convolution(
    c_in: int, c_out: int, kernel: int, stride: int = 1, padding: int = 0, groups: int = 1, linear: bool = False
) -> nn.Sequential:
    """Convolution, batch normalisation and, unless it is a linear one, PReLU."""
    layers = [nn.Conv2d(c_in, c_out, kernel, stride, padding, groups=groups, bias=False), nn.BatchNorm2d(c_out)]
    return nn.Sequential(*layers) if linear else nn.Sequential(*layers, nn.PReLU(c_out))


class Bottleneck(nn.Module):
    """MobileNetV2's block: widen by t (1x1), filter each channel (3x3), project back linearly (1x1)."""

    def __init__(self, c_in: int, c_out: int, stride: int, t: int) -> None:
        super().__init__()
        wide = c_in * t
        self.block = nn.Sequential(
            _convolution(c_in, wide, 1),
            _convolution(wide, wide, 3, stride, padding=1, groups=wide),
            _convolution(wide, c_out, 1, linear=True),
        )
        self.residual = stride == 1 and c_in == c_out

    def forward(self, x: Tensor) -> Tensor:
        return x + self.block(x) if self.residual else self.block(x)


class MobileFaceNet(Backbone):
    """Table 1. The last 7x7 map is weighted place by place (GDConv) instead of averaged: an eye is not a cheek."""

    size_px = 112

    def __init__(self, embedding_size: int, width: float) -> None:
        super().__init__()
        self.embedding_size = embedding_size

        def channels(c: int) -> int:
            return max(8, round(c * width / 8) * 8)  # whole vector registers

        c_in = channels(64)
        layers: list[nn.Module] = [
            _convolution(3, c_in, 3, stride=2, padding=1),
            _convolution(c_in, c_in, 3, padding=1, groups=c_in),
        ]
        for t, c, n, s in BOTTLENECKS:
            for repeat in range(n):
                layers.append(Bottleneck(c_in, channels(c), s if repeat == 0 else 1, t))
                c_in = channels(c)
        last = channels(512)
        layers += [
            _convolution(c_in, last, 1),
            _convolution(last, last, self.size_px // 16, groups=last, linear=True),  # linear GDConv
            _convolution(last, embedding_size, 1, linear=True),
            nn.Flatten(),
        ]
        self.layers = nn.Sequential(*layers)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, 112, 112) float RGB, (pixel - 127.5) / 128, to (N, D) embeddings of any length."""
        return self.layers(x)


def build(*, embedding_size: int = 128, width: float = 1.0) -> MobileFaceNet:
    """embedding_size : D. width : factor on all channels (then rounded to 8s); 1 is the paper's 1.0 M parameters."""
    if not width > 0:
        raise UserError(f"width: expected a factor above 0, got {width}")
    return MobileFaceNet(embedding_size, width)
