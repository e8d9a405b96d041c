"""ShuffleNet V2: halves of the channels, shuffled (Ma et al., ECCV 2018); the layers are torchvision's."""

from typing import Annotated

from torch import nn
from torchvision import models

from eigen2arc.core.bounds import EmbeddingSize, Ge, Le, Positive
from eigen2arc.core.errors import UserError
from eigen2arc.deep.encode.network.backbone import PooledBody

#: Table 5.
WIDTHS = (0.5, 1.0, 1.5, 2.0)


def build(
    *, embedding_size: EmbeddingSize = 512, size_px: Annotated[int, Ge(32), Le(8192)] = 112, width: Positive = 1.0
) -> PooledBody:
    """Build a ShuffleNet V2 with random weights.

    width : 0.5, 1, 1.5 or 2, as in table 5. Raises UserError.
    """
    if width not in WIDTHS:
        raise UserError(f"shufflenet: width = {width}: expected one of {', '.join(map(str, WIDTHS))}")
    whole = models.get_model(f"shufflenet_v2_x{float(width)}".replace(".", "_"), weights=None)
    body = nn.Sequential(*list(whole.children())[:-1])  # all but the classifier
    return PooledBody(body, whole.fc.in_features, embedding_size, size_px)
