"""RetinaFace on ResNet-50, as in "Pytorch_Retinaface".

He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, table 1; the layers are torchvision's.
"""

from torch import Tensor
from torchvision.models import resnet50

from .retinaface import LARGE_PX, Body, RetinaFace


class ResNet50(Body):
    """The stages conv3_x, conv4_x and conv5_x of table 1, named as in torchvision, so that its weights fit."""

    channels = (512, 1024, 2048)

    def __init__(self) -> None:
        super().__init__()
        whole = resnet50(weights=None)
        self.conv1, self.bn1, self.relu, self.maxpool = whole.conv1, whole.bn1, whole.relu, whole.maxpool
        self.layer1, self.layer2 = whole.layer1, whole.layer2
        self.layer3, self.layer4 = whole.layer3, whole.layer4

    def forward(self, x: Tensor) -> list[Tensor]:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        c3 = self.layer2(self.layer1(x))
        c4 = self.layer3(c3)
        return [c3, c4, self.layer4(c4)]


def build() -> RetinaFace:
    """Build RetinaFace on ResNet-50. 27 M parameters."""
    return RetinaFace(ResNet50(), channels=256, slope=0.0, sizes_px=LARGE_PX)
