"""IResNet: ArcFace's residual network for small crops (Deng et al., CVPR 2019, section 3.1)."""

from typing import Annotated, Literal

from torch import Tensor, nn

from eigen2arc.core.bounds import EmbeddingSize, Ge, Le, Lt, MultipleOf
from eigen2arc.deep.encode.network.backbone import Backbone

#: Layers of the network -> blocks of its four stages; the 50 and 100 are the paper's.
STAGES = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 14, 3), 100: (3, 13, 30, 3)}

#: Channels of the stages; each halves the map.
CHANNELS = (64, 128, 256, 512)

#: Pixels of the crop, in each direction, that one position of the last map stands for.
STRIDE = 16


class IBasicBlock(nn.Module):
    """The improved residual unit, BN-Conv-BN-PReLU-Conv-BN, added to an identity; layers named as in InsightFace.

    Nothing follows the sum, so that the identity runs through a whole stage untouched.
    """

    def __init__(self, c_in: int, c_out: int, stride: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(c_in)
        self.conv1 = nn.Conv2d(c_in, c_out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(c_out)
        self.prelu = nn.PReLU(c_out)
        self.conv2 = nn.Conv2d(c_out, c_out, 3, stride, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(c_out)
        self.downsample = None
        if stride > 1:
            self.downsample = nn.Sequential(nn.Conv2d(c_in, c_out, 1, stride, bias=False), nn.BatchNorm2d(c_out))

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv1(self.bn1(x))
        y = self.bn3(self.conv2(self.prelu(self.bn2(y))))
        return y + (x if self.downsample is None else self.downsample(x))


def _stage(c_in: int, c_out: int, blocks: int) -> nn.Sequential:
    """The first block halves the map."""
    return nn.Sequential(
        IBasicBlock(c_in, c_out, stride=2), *(IBasicBlock(c_out, c_out, stride=1) for _ in range(blocks - 1))
    )


class IResNet(Backbone):
    """A 3x3 stem that keeps the crop's size, four stages of blocks, and output "E": BN-Dropout-Flatten-FC-BN.

    An ImageNet network quarters its input before the first block; of a face of 112 pixels too little would be left.

    layers : a key of STAGES. dropout : share of the last map's values left out in training; InsightFace's MXNet code
    takes 0.4.
    """

    def __init__(
        self,
        embedding_size: EmbeddingSize = 512,
        size_px: Annotated[int, Ge(STRIDE), Le(8192), MultipleOf(STRIDE)] = 112,
        layers: Literal[18, 34, 50, 100] = 50,
        dropout: Annotated[float, Ge(0), Lt(1)] = 0.0,
    ) -> None:
        super().__init__()
        self.embedding_size, self.size_px = embedding_size, size_px
        self.conv1 = nn.Conv2d(3, CHANNELS[0], 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(CHANNELS[0])
        self.prelu = nn.PReLU(CHANNELS[0])
        ends = zip((CHANNELS[0], *CHANNELS[:-1]), CHANNELS, STAGES[layers], strict=True)
        self.layer1, self.layer2, self.layer3, self.layer4 = (_stage(*end) for end in ends)
        self.bn2 = nn.BatchNorm2d(CHANNELS[-1])
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(CHANNELS[-1] * (size_px // STRIDE) ** 2, embedding_size)
        self.features = nn.BatchNorm1d(embedding_size)
        # Every number of the vector keeps a spread of 1: a learned one could starve some of them.
        self.features.weight.requires_grad = False
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.normal_(module.weight, std=0.1)  # as InsightFace starts; batch normalisation sets the scale

    def forward(self, x: Tensor) -> Tensor:
        """Encode (N, 3, S, S) float RGB, (pixel - 127.5) / 128, as (N, D) embeddings of any length."""
        x = self.prelu(self.bn1(self.conv1(x)))
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = stage(x)
        # Flattened colours first, whatever the layout in memory: the order that others' weights are for.
        return self.features(self.fc(self.dropout(self.bn2(x)).flatten(1)))


build = IResNet
