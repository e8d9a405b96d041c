"""Inception-ResNet v1, FaceNet's network (Szegedy et al., AAAI 2017), as facenet-pytorch builds it; random weights."""

from typing import Annotated

from torch import Tensor, nn

from eigen2arc.core.bounds import EmbeddingSize, Ge, Le, Lt
from eigen2arc.deep.encode.network.backbone import Backbone


class InceptionResnet(Backbone):
    """facenet-pytorch's layers with a last one of our size, and vectors whose lengths are not yet normalised.

    size_px : side of the crops; FaceNet's are 160. The convolutions have no padding: of crops below 75 nothing would
    reach the last block. dropout : share of the pooled values left out in training.
    """

    def __init__(
        self,
        embedding_size: EmbeddingSize = 512,
        size_px: Annotated[int, Ge(75), Le(8192)] = 112,
        dropout: Annotated[float, Ge(0), Lt(1)] = 0.6,
    ) -> None:
        super().__init__()
        from facenet_pytorch import InceptionResnetV1  # here, because it is slow to import and seldom asked for

        self.embedding_size, self.size_px = embedding_size, size_px
        # As a classifier it does not normalise, and its logits are then the vectors themselves.
        self.network = InceptionResnetV1(pretrained=None, classify=True, num_classes=1, dropout_prob=dropout)
        self.network.last_linear = nn.Linear(self.network.last_linear.in_features, embedding_size, bias=False)
        self.network.last_bn = nn.BatchNorm1d(embedding_size, eps=self.network.last_bn.eps)
        self.network.logits = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Encode (N, 3, S, S) float RGB, (pixel - 127.5) / 128, as (N, D) embeddings of any length."""
        return self.network(x)


build = InceptionResnet
