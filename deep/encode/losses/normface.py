"""NormFace: softmax on cosines, with a scale that is learned (Wang et al., ACM MM 2017)."""

import torch
from torch import Tensor, nn

from eigen2arc.core.bounds import Count, Positive
from eigen2arc.deep.ops.margin_softmax import CosineMargin


class NormFace(CosineMargin):
    """NormFace, section 3.3: softmax cross-entropy over s cos(theta_j), s = l^2 of Proposition 2.

    Without the scale the loss could not fall far: cosines are at most 1 (Proposition 2). The paper prefers a learned
    one, which then is a parameter of its own.
    """

    def __init__(self, embedding_size: int, classes: int, scale: float, learn_scale: bool) -> None:
        super().__init__(embedding_size, classes, nn.Parameter(torch.tensor(scale)) if learn_scale else scale)

    def add_margin(self, cos: Tensor) -> Tensor:
        """Return cos(theta) as it is: there is no margin."""
        return cos


def build(*, embedding_size: Count, classes: Count, scale: Positive = 20.0, learn_scale: bool = True) -> NormFace:
    """Build the NormFace loss with its class centres.

    scale : s, in the beginning or throughout. learn_scale : whether it is learned.
    """
    return NormFace(embedding_size, classes, float(scale), learn_scale)
