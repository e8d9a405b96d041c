"""The building blocks of the networks: a convolution with normalisation and activation, and a separable one."""

from collections import OrderedDict

from torch import Tensor, nn
from torch.nn import functional as F


class Convolution(nn.Module):
    """Convolution, batch normalisation and activation; the map keeps its size, divided by the stride (rounded up).

    slope : of the activation below 0; 0 is a ReLU, None none at all. normalized : without it the convolution has a
    bias and nothing follows but the activation.
    """

    def __init__(
        self,
        c_in: int,
        c_out: int,
        kernel: int,
        stride: int = 1,
        *,
        dilation: int = 1,
        groups: int = 1,
        slope: float | None = 0.0,
        normalized: bool = True,
    ) -> None:
        super().__init__()
        padding = dilation * (kernel // 2)
        self.conv = nn.Conv2d(c_in, c_out, kernel, stride, padding, dilation, groups, bias=not normalized)
        self.norm = nn.BatchNorm2d(c_out) if normalized else nn.Identity()
        self.slope = slope

    def forward(self, x: Tensor) -> Tensor:
        return activate(self.norm(self.conv(x)), self.slope)


def activate(x: Tensor, slope: float | None) -> Tensor:
    """Apply a ReLU for a slope of 0, leaky ReLU for another, nothing for None. x may be overwritten."""
    if slope is None:
        return x
    return F.leaky_relu_(x, slope) if slope else F.relu_(x)


def upsample_2x(x: Tensor, like: Tensor) -> Tensor:
    """Upsample x to twice its size, bilinear, and cut it to the size of ``like``, whose sides may be odd."""
    height, width = like.shape[2:]
    return F.interpolate(x, scale_factor=2, mode="bilinear")[..., :height, :width]


def separable(
    c_in: int,
    c_out: int,
    stride: int = 1,
    *,
    slope: float = 0.0,
    last_slope: float | None = 0.0,
    normalized: bool = True,
) -> nn.Sequential:
    """Build a 3 x 3 filter on each channel, then a 1 x 1 convolution over the channels.

    Howard et al., "MobileNets", 2017, fig. 3. slope : of the first activation, last_slope : of the second.
    """
    depthwise = Convolution(c_in, c_in, 3, stride, groups=c_in, slope=slope, normalized=normalized)
    pointwise = Convolution(c_in, c_out, 1, slope=last_slope, normalized=normalized)
    return nn.Sequential(OrderedDict(depthwise=depthwise, pointwise=pointwise))
