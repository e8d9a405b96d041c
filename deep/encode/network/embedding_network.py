"""Backbone and loss as the one module that training moves."""

from pathlib import Path

from torch import Tensor, nn

from eigen2arc.deep.distributed.all_gather import gathered
from eigen2arc.deep.weights_io import checkpoint

from .embed import Backbone, network_input


class EmbeddingNetwork(nn.Module):
    """From crops to the loss. On several processes the loss sees the embeddings of all of them.

    See deep/distributed/all_gather.py.
    """

    def __init__(self, backbone: Backbone, loss: nn.Module) -> None:
        super().__init__()
        self.backbone, self.loss = backbone, loss

    def forward(self, crops: Tensor, classes: Tensor) -> Tensor:
        """(N, S, S, 3) uint8 crops and (N,) int64 classes to the loss, a scalar."""
        embeddings = self.backbone(network_input(crops)).float()
        return self.loss(gathered(embeddings), gathered(classes))


def start_backbone(backbone: Backbone, path: Path) -> None:
    """Begin with what an earlier run learned. Raises UserError for weights of another backbone."""
    tensors, _ = checkpoint.load(path)
    checkpoint.load_into(backbone, tensors, str(path))
