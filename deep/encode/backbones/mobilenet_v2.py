"""MobileNetV2: inverted residuals with linear bottlenecks (Sandler et al., CVPR 2018); the layers are torchvision's."""

from typing import Annotated

from torchvision.models import mobilenet_v2

from eigen2arc.core.bounds import EmbeddingSize, Ge, Gt, Le
from eigen2arc.deep.encode.network.backbone import PooledBody


def build(
    *,
    embedding_size: EmbeddingSize = 512,
    size_px: Annotated[int, Ge(32), Le(8192)] = 112,
    width: Annotated[float, Gt(0), Le(16)] = 1.0,
) -> PooledBody:
    """Build a MobileNetV2 with random weights.

    width : the paper's width multiplier.
    """
    whole = mobilenet_v2(weights=None, width_mult=width)
    return PooledBody(whole.features, whole.last_channel, embedding_size, size_px)
