"""NormFace: softmax on cosines, with a scale that is learned (Wang et al., ACM MM 2017)."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from eigen2arc.core.errors import UserError
from eigen2arc.deep.encode.margin.angular import centres
from eigen2arc.deep.ops.cosines import cosines, full_precision


class NormFace(nn.Module):
    """Section 3.3: the cross-entropy of s cos(theta_j), s = l^2 of Proposition 2.

    Without the scale the loss could not fall far: cosines are at most 1 (Proposition 2). The paper prefers a learned
    one, which then is a parameter of its own.
    """

    sampler = "shuffled"

    def __init__(self, embedding_size: int, classes: int, scale: float, learn_scale: bool) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(scale)) if learn_scale else scale
        self.weight = centres(classes, embedding_size)

    @full_precision
    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """(N, D) embeddings of any length and (N,) int64 labels, 0 <= label < classes, to the mean loss, a scalar."""
        return F.cross_entropy(self.scale * cosines(embeddings, self.weight), labels)

    def add_margin(self, cos: Tensor) -> Tensor:
        """cos(theta) as it is: there is no margin."""
        return cos

    def target_logit(self, theta_rad: Tensor) -> Tensor:
        """(K,) angles, 0 to pi, to (K,) logits of the true class, divided by s."""
        return theta_rad.cos()


def build(*, embedding_size: int, classes: int, scale: float = 20.0, learn_scale: bool = True) -> NormFace:
    """embedding_size : D. classes : people in the training set.

    scale : s, in the beginning or throughout. learn_scale : whether it is learned.
    """
    if not scale > 0:
        raise UserError(f"scale: expected a number above 0, got {scale}")
    return NormFace(embedding_size, classes, float(scale), learn_scale)
