"""ArcFace: an additive angular margin on the softmax (Deng et al., CVPR 2019)."""

import math

from torch import Tensor

from eigen2arc.core.bounds import AcuteAngle, Count, Positive
from eigen2arc.deep.encode.margin.angular import add_angle
from eigen2arc.deep.ops.margin_softmax import CosineMargin


class ArcFace(CosineMargin):
    """ArcFace, eq. (3): softmax cross-entropy over s cos(theta_j), with m added to the true class's angle.

    theta_j is the angle between an embedding x and the learned centre W_j of class j; both are normalised.

    scale : s, the radius of the sphere that the logits live on. margin_rad : m, added to the true angle; 0 gives the
    normalised softmax.
    """

    def __init__(
        self, embedding_size: Count, classes: Count, scale: Positive = 64.0, margin_rad: AcuteAngle = 0.5
    ) -> None:
        super().__init__(embedding_size, classes, scale)
        self.margin_rad = margin_rad

    def add_margin(self, cos: Tensor) -> Tensor:
        """Compute cos(theta + m) from cos(theta), continued beyond theta = pi - m; of any shape."""
        return add_angle(cos, math.cos(self.margin_rad), math.sin(self.margin_rad))


build = ArcFace
