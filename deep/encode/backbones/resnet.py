"""ResNet: residual learning as for ImageNet (He et al., CVPR 2016, table 1); the layers are torchvision's."""

from torch import nn
from torchvision import models

from eigen2arc.core.errors import UserError
from eigen2arc.deep.encode.network.backbone import PooledBody

#: Table 1.
LAYERS = (18, 34, 50, 101, 152)


def build(*, embedding_size: int = 512, size_px: int = 112, layers: int = 50) -> PooledBody:
    """Build a ResNet with random weights.

    embedding_size : D. size_px : S, side of the crops, 32 at least. layers : 18, 34, 50, 101 or 152.
    """
    if layers not in LAYERS:
        raise UserError(f"layers: expected one of {', '.join(map(str, LAYERS))}, got {layers}")
    whole = models.get_model(f"resnet{layers}", weights=None)
    body = nn.Sequential(*list(whole.children())[:-2])  # all but the pooling and the classifier
    return PooledBody(body, whole.fc.in_features, embedding_size, size_px)
