"""ResNet: residual learning as for ImageNet (He et al., CVPR 2016, table 1); the layers are torchvision's."""

from typing import Annotated, Literal

from torch import nn
from torchvision import models

from eigen2arc.core.bounds import EmbeddingSize, Ge, Le
from eigen2arc.deep.encode.network.backbone import PooledBody


def build(
    *,
    embedding_size: EmbeddingSize = 512,
    size_px: Annotated[int, Ge(32), Le(8192)] = 112,
    layers: Literal[18, 34, 50, 101, 152] = 50,
) -> PooledBody:
    """Build a ResNet with random weights.

    layers : of table 1.
    """
    whole = models.get_model(f"resnet{layers}", weights=None)
    body = nn.Sequential(*list(whole.children())[:-2])  # all but the pooling and the classifier
    return PooledBody(body, whole.fc.in_features, embedding_size, size_px)
