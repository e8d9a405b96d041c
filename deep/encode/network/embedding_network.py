"""Backbone and loss as the one module that training moves."""

from torch import Tensor, nn

from eigen2arc.deep.distributed.all_gather import all_gather

from .backbone import Backbone, network_input


class EmbeddingNetwork(nn.Module):
    """A backbone and its loss. On several processes the loss sees the embeddings of all of them.

    See deep/distributed/all_gather.py.
    """

    def __init__(self, backbone: Backbone, loss: nn.Module) -> None:
        super().__init__()
        self.backbone, self.loss = backbone, loss

    def forward(self, crops: Tensor, classes: Tensor) -> Tensor:
        """Compute the loss, a scalar, of (N, S, S, 3) uint8 crops and their (N,) int64 classes."""
        embeddings = self.backbone(network_input(crops)).float()
        return self.loss(all_gather(embeddings), all_gather(classes))
