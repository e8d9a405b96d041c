"""CosFace: a margin on the cosine itself (Wang et al., CVPR 2018); the same as AM-Softmax (SPL 2018)."""

from torch import Tensor

from eigen2arc.core.errors import UserError
from eigen2arc.deep.ops.margin_softmax import CosineMargin


class CosFace(CosineMargin):
    """CosFace (LMCL), eq. (4): softmax cross-entropy over s cos(theta_j), with the true class's cosine lowered by m."""

    def __init__(self, embedding_size: int, classes: int, scale: float, margin: float) -> None:
        super().__init__(embedding_size, classes, scale)
        self.margin = margin

    def add_margin(self, cos: Tensor) -> Tensor:
        """Compute cos(theta) - m from cos(theta); of any shape."""
        return cos - self.margin


def build(*, embedding_size: int, classes: int, scale: float = 64.0, margin: float = 0.35) -> CosFace:
    """Build the CosFace loss with its class centres.

    embedding_size : D. classes : people in the training set.

    scale : s, the radius of the sphere that the logits live on. margin : m, 0 <= m < 1, in cosines.
    """
    if not scale > 0:
        raise UserError(f"scale: expected a number above 0, got {scale}")
    if not 0 <= margin < 1:
        raise UserError(f"margin: expected a difference of cosines, 0 to 1, got {margin}")
    return CosFace(embedding_size, classes, scale, margin)
