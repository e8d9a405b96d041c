"""CosFace: a margin on the cosine itself (Wang et al., CVPR 2018); the same as AM-Softmax (SPL 2018)."""

from typing import Annotated

from torch import Tensor

from eigen2arc.core.bounds import Count, Ge, Lt, Positive
from eigen2arc.deep.ops.margin_softmax import CosineMargin


class CosFace(CosineMargin):
    """CosFace (LMCL), eq. (4): softmax cross-entropy over s cos(theta_j), with the true class's cosine lowered by m.

    scale : s, the radius of the sphere that the logits live on. margin : m, in cosines.
    """

    def __init__(
        self,
        embedding_size: Count,
        classes: Count,
        scale: Positive = 64.0,
        margin: Annotated[float, Ge(0), Lt(1)] = 0.35,
    ) -> None:
        super().__init__(embedding_size, classes, scale)
        self.margin = margin

    def add_margin(self, cos: Tensor) -> Tensor:
        """Compute cos(theta) - m from cos(theta); of any shape."""
        return cos - self.margin


build = CosFace
