"""ArcFace: an additive angular margin on the softmax (Deng et al., CVPR 2019)."""

import math

from torch import Tensor, nn
from torch.nn import functional as F

from eigen2arc.core.errors import UserError
from eigen2arc.deep.encode.margin.angular import add_angle, centres, of_true_class, with_true_class
from eigen2arc.deep.ops.cosines import cosines, full_precision


class ArcFace(nn.Module):
    """Equation (3): the cross-entropy of s cos(theta_j), where the true class's angle is made harder by m.

    theta_j is the angle between an embedding x and the learned centre W_j of class j; both are normalised.
    """

    sampler = "shuffled"

    def __init__(self, embedding_size: int, classes: int, scale: float, margin_rad: float) -> None:
        super().__init__()
        self.scale, self.margin_rad = scale, margin_rad
        self.weight = centres(classes, embedding_size)

    @full_precision
    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """(N, D) embeddings of any length and (N,) int64 labels, 0 <= label < classes, to the mean loss, a scalar."""
        cos = cosines(embeddings, self.weight)
        harder = self.add_margin(of_true_class(cos, labels))
        return F.cross_entropy(self.scale * with_true_class(cos, labels, harder), labels)

    def add_margin(self, cos: Tensor) -> Tensor:
        """cos(theta) to cos(theta + m), continued beyond theta = pi - m; of any shape."""
        return add_angle(cos, math.cos(self.margin_rad), math.sin(self.margin_rad))

    def target_logit(self, theta_rad: Tensor) -> Tensor:
        """(K,) angles, 0 to pi, to (K,) logits of the true class, divided by s."""
        return self.add_margin(theta_rad.cos())


def build(*, embedding_size: int, classes: int, scale: float = 64.0, margin_rad: float = 0.5) -> ArcFace:
    """embedding_size : D. classes : people in the training set.

    scale : s, the radius of the sphere that the logits live on. margin_rad : m, 0 <= m < pi / 2; 0 gives the
    normalised softmax.
    """
    if not scale > 0:
        raise UserError(f"scale: expected a number above 0, got {scale}")
    if not 0 <= margin_rad < math.pi / 2:
        raise UserError(f"margin_rad: expected an angle of 0 to pi/2 radians, got {margin_rad}")
    return ArcFace(embedding_size, classes, scale, margin_rad)
