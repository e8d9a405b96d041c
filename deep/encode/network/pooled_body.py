"""A network made for ImageNet as a backbone: its body, the mean over the last map, and a linear layer."""

from torch import Tensor, nn

from .backbone_size import check_size
from .embed import Backbone

#: The bodies halve the map five times: of fewer pixels than this not one whole place would be left.
LEAST_PX = 32


class PooledBody(Backbone):
    """Body, global average pooling, linear layer, batch normalisation.

    The layer needs no bias, the normalisation has one.
    """

    def __init__(self, body: nn.Module, channels: int, embedding_size: int, size_px: int) -> None:
        """body : (N, 3, S, S) to (N, C, H, W), C = channels."""
        check_size(size_px, LEAST_PX)
        super().__init__()
        self.embedding_size, self.size_px = embedding_size, size_px
        self.body = body
        self.linear = nn.Linear(channels, embedding_size, bias=False)
        self.features = nn.BatchNorm1d(embedding_size)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) float RGB, (pixel - 127.5) / 128, to (N, D) embeddings of any length."""
        return self.features(self.linear(self.body(x).mean(dim=(2, 3))))
