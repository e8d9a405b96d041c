"""Backbone and loss as the one module that training moves, and what a loss has to do for it."""

from typing import Protocol, runtime_checkable

from torch import Tensor, nn

from eigen2arc.deep.distributed.all_gather import all_gather

from .backbone import Backbone, network_input


@runtime_checkable
class Loss(Protocol):
    """A torch Module of ``embedding_size`` and ``classes``: a plug-in of deep/encode/losses.

    sampler : the plug-in of deep/encode/samplers that it is made for.
    """

    sampler: str

    def __call__(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Compute the loss, a scalar, of (N, D) embeddings of any length and (N,) int64 labels, 0 <= label < classes.

        It does not depend on their order. Half precision is computed as single.
        """
        ...

    def eval(self) -> object:
        """End training, in which alone what is neither argument nor parameter, as running means, may move."""
        ...


@runtime_checkable
class AngularLoss(Loss, Protocol):
    """A loss that classifies by angles to centres, as every MarginSoftmax of deep/ops/margin_softmax.py does."""

    def target_logit(self, theta_rad: Tensor) -> Tensor:
        """Compute the true class's logits (K,), over the scale or the lengths, at angles (K,), 0 to pi."""
        ...


class EmbeddingNetwork(nn.Module):
    """A backbone and its loss. On several processes the loss sees the embeddings of all of them.

    See deep/distributed/all_gather.py.
    """

    def __init__(self, backbone: Backbone, loss: Loss) -> None:
        super().__init__()
        self.backbone, self.loss = backbone, loss

    def forward(self, crops: Tensor, classes: Tensor) -> Tensor:
        """Compute the loss, a scalar, of (N, S, S, 3) uint8 crops and their (N,) int64 classes."""
        embeddings = self.backbone(network_input(crops)).float()
        return self.loss(all_gather(embeddings), all_gather(classes))
