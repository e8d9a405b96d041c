"""ArcFace: an additive angular margin on the softmax (Deng et al., CVPR 2019)."""

import math

from torch import Tensor

from eigen2arc.core.errors import UserError
from eigen2arc.deep.encode.margin.angular import add_angle
from eigen2arc.deep.ops.margin_softmax import CosineMargin


class ArcFace(CosineMargin):
    """ArcFace, eq. (3): softmax cross-entropy over s cos(theta_j), with m added to the true class's angle.

    theta_j is the angle between an embedding x and the learned centre W_j of class j; both are normalised.
    """

    def __init__(self, embedding_size: int, classes: int, scale: float, margin_rad: float) -> None:
        super().__init__(embedding_size, classes, scale)
        self.margin_rad = margin_rad

    def add_margin(self, cos: Tensor) -> Tensor:
        """Compute cos(theta + m) from cos(theta), continued beyond theta = pi - m; of any shape."""
        return add_angle(cos, math.cos(self.margin_rad), math.sin(self.margin_rad))


def build(*, embedding_size: int, classes: int, scale: float = 64.0, margin_rad: float = 0.5) -> ArcFace:
    """Build the ArcFace loss with its class centres.

    embedding_size : D. classes : people in the training set.

    scale : s, the radius of the sphere that the logits live on. margin_rad : m, 0 <= m < pi / 2; 0 gives the
    normalised softmax.
    """
    if not scale > 0:
        raise UserError(f"scale: expected a number above 0, got {scale}")
    if not 0 <= margin_rad < math.pi / 2:
        raise UserError(f"margin_rad: expected an angle of 0 to pi/2 radians, got {margin_rad}")
    return ArcFace(embedding_size, classes, scale, margin_rad)
