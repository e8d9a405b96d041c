"""VGG's convolutional layers as a body that gives the map of every block.

Simonyan, Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", ICLR 2015, table 1.
"""

from collections.abc import Sequence

from torch import Tensor, nn

#: How many 3 x 3 convolutions each block has, and how many channels. D is VGG-16, E is VGG-19.
D, E = (2, 2, 3, 3, 3), (2, 2, 4, 4, 4)
CHANNELS = (64, 128, 256, 512, 512)

#: What the pixels, 0..255, are divided by: about their standard deviation in ImageNet, as torchvision's weights expect.
DEVIATION = 57.6


class Vgg(nn.Module):
    """VGG backbone (table 1 up to the last convolution of the last block).

    blocks : convolutions of each block, the first ones of D or E.
    The layers are numbered as in torchvision, whose vgg16 or vgg19 fits for a width of 1 without normalisation. width :
    share of the table's channels. normalized : batch normalisation after every convolution, without which a network as
    deep as that hardly learns from random weights.
    """

    def __init__(self, blocks: Sequence[int], width: float, normalized: bool) -> None:
        super().__init__()
        #: Of the blocks' maps.
        self.channels = tuple(int(c * width) for c in CHANNELS[: len(blocks)])
        layers: list[nn.Module] = []
        self.ends = []
        c_in = 3
        for convolutions, c_out in zip(blocks, self.channels, strict=True):
            if layers:
                # Caffe's pooling, for which the papers' networks were made, rounds up; so do the anchors' maps.
                layers.append(nn.MaxPool2d(2, ceil_mode=True))
            for _ in range(convolutions):
                layers.append(_convolution(c_in, c_out, bias=not normalized))
                layers += [nn.BatchNorm2d(c_out)] if normalized else []
                layers.append(nn.ReLU(inplace=True))
                c_in = c_out
            self.ends.append(len(layers))
        self.features = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Compute the maps of images (B, 3, H, W): (B, C, H, W), (B, C, H / 2, W / 2) and so on, C the channels.

        Sizes are rounded up.
        """
        x = x * (1 / DEVIATION)
        maps = []
        for start, end in zip([0, *self.ends], self.ends, strict=False):
            for number in range(start, end):
                x = self.features[number](x)
            maps.append(x)
        return maps


def _convolution(c_in: int, c_out: int, bias: bool) -> nn.Conv2d:
    """Its weights are such that signals keep their size: He et al., "Delving Deep into Rectifiers", ICCV 2015."""
    layer = nn.Conv2d(c_in, c_out, 3, padding=1, bias=bias)
    nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
