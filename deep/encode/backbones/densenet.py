"""DenseNet: each layer reads the maps of all before it (Huang et al., CVPR 2017); the layers are torchvision's."""

from torch import nn
from torchvision import models

from eigen2arc.core.errors import UserError
from eigen2arc.deep.encode.network.backbone import PooledBody

#: Table 1, and the wide one of 161 layers from the authors' repository.
LAYERS = (121, 161, 169, 201)


def build(*, embedding_size: int = 512, size_px: int = 112, layers: int = 121) -> PooledBody:
    """Build a DenseNet with random weights.

    embedding_size : D. size_px : S, side of the crops, 32 at least. layers : 121, 161, 169 or 201.
    """
    if layers not in LAYERS:
        raise UserError(f"layers: expected one of {', '.join(map(str, LAYERS))}, got {layers}")
    whole = models.get_model(f"densenet{layers}", weights=None)
    # torchvision's features end in a batch normalisation; its ReLU stands in the whole network's forward.
    body = nn.Sequential(whole.features, nn.ReLU())
    return PooledBody(body, whole.classifier.in_features, embedding_size, size_px)
