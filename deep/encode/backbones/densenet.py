"""DenseNet: each layer reads the maps of all before it (Huang et al., CVPR 2017); the layers are torchvision's."""

from typing import Annotated, Literal

from torch import nn
from torchvision import models

from eigen2arc.core.bounds import EmbeddingSize, Ge, Le
from eigen2arc.deep.encode.network.backbone import PooledBody


def build(
    *,
    embedding_size: EmbeddingSize = 512,
    size_px: Annotated[int, Ge(32), Le(8192)] = 112,
    layers: Literal[121, 161, 169, 201] = 121,
) -> PooledBody:
    """Build a DenseNet with random weights.

    layers : of table 1; 161 are the wide network's, from the authors' repository.
    """
    whole = models.get_model(f"densenet{layers}", weights=None)
    # torchvision's features end in a batch normalisation; its ReLU stands in the whole network's forward.
    body = nn.Sequential(whole.features, nn.ReLU())
    return PooledBody(body, whole.classifier.in_features, embedding_size, size_px)
