"""MobileNetV2: inverted residuals with linear bottlenecks (Sandler et al., CVPR 2018); the layers are torchvision's."""

from torchvision.models import mobilenet_v2

from eigen2arc.core.errors import UserError
from eigen2arc.deep.encode.network.backbone import PooledBody


def build(*, embedding_size: int = 512, size_px: int = 112, width: float = 1.0) -> PooledBody:
    """Build a MobileNetV2 with random weights.

    embedding_size : D. size_px : S, side of the crops, 32 at least. width : the paper's width multiplier.
    """
    if not width > 0:
        raise UserError(f"width: expected a factor above 0, got {width}")
    whole = mobilenet_v2(weights=None, width_mult=width)
    return PooledBody(whole.features, whole.last_channel, embedding_size, size_px)
