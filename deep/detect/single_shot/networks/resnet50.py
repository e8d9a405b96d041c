"""ResNet-50 as a body that gives the maps of strides 8, 16 and 32.

He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, table 1; the layers are torchvision's.
"""

from torch import Tensor, nn
from torchvision.models import resnet50


class ResNet50(nn.Module):
    """The stages conv3_x, conv4_x and conv5_x of table 1, named as in torchvision, so that its weights fit."""

    #: Of the three maps.
    channels = (512, 1024, 2048)

    def __init__(self) -> None:
        super().__init__()
        whole = resnet50(weights=None)
        self.conv1, self.bn1, self.relu, self.maxpool = whole.conv1, whole.bn1, whole.relu, whole.maxpool
        self.layer1, self.layer2 = whole.layer1, whole.layer2
        self.layer3, self.layer4 = whole.layer3, whole.layer4

    def forward(self, x: Tensor) -> list[Tensor]:
        """Compute the three maps of images (B, 3, H, W): (B, C, H / 8, W / 8) and so on, C the channels.

        Sizes are rounded up.
        """
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        c3 = self.layer2(self.layer1(x))
        c4 = self.layer3(c3)
        return [c3, c4, self.layer4(c4)]
