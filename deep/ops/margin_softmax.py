"""Softmax with a margin on the angle: the one forward that such losses share, Partial FC's type among them."""

from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from .cosines import centres, cosines, full_precision


class MarginSoftmax(nn.Module):
    """Softmax cross-entropy over s cos(theta_j), with the true class's cosine replaced by that of a harder angle.

    theta_j is the angle between an embedding x and the learned centre W_j of class j. A loss adds its margin; whatever
    else its paper changes, it changes in one of the methods that forward() calls.
    """

    sampler = "shuffled"

    def __init__(self, embedding_size: int, classes: int, scale: float | nn.Parameter) -> None:
        super().__init__()
        self.scale = scale
        self.weight = centres(classes, embedding_size)

    @full_precision
    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Compute the mean loss, a scalar, of (N, D) embeddings of any length.

        labels : (N,) int64, 0 <= label < classes.
        """
        quality = self.quality(embeddings)
        cos = self.class_cosines(embeddings)
        column = labels[:, None]
        harder = self.harder(cos.gather(1, column)[:, 0], quality)
        logits = self.radius(embeddings) * self.others(cos, harder).scatter(1, column, harder[:, None])
        return F.cross_entropy(logits, labels) + self.regulariser(quality)

    def add_margin(self, cos: Tensor) -> Tensor:
        """Compute the true class's logit, divided by s, from its cosine; of any shape."""
        raise NotImplementedError

    def target_logit(self, theta_rad: Tensor) -> Tensor:
        """Compute the true class's logits (K,), divided by s, at angles (K,), 0 to pi."""
        return self.add_margin(theta_rad.cos())

    def quality(self, embeddings: Tensor) -> Any:
        """Compute what else of the embeddings the margin depends on; nothing, but for those that go by length."""

    def class_cosines(self, embeddings: Tensor) -> Tensor:
        """Compute cos(theta_j) (N, C)."""
        return cosines(embeddings, self.weight)

    def harder(self, true: Tensor, quality: Any) -> Tensor:
        """Compute this batch's logits of the true classes (N,), divided by s, from their cosines (N,)."""
        return self.add_margin(true)

    def others(self, cos: Tensor, harder: Tensor) -> Tensor:
        """Compute the other classes' logits, divided by s, as (N, C); the true classes' are not used."""
        return cos

    def radius(self, embeddings: Tensor) -> float | Tensor:
        """Return s, or what stands in its place for (N, C)."""
        return self.scale

    def regulariser(self, quality: Any) -> float | Tensor:
        """Compute what is added to the mean cross-entropy."""
        return 0.0


class CosineMargin(MarginSoftmax):
    """A margin softmax that changes nothing but add_margin(): Partial FC needs no more of it, and takes no other."""
