"""Sub-center ArcFace: noisy samples fall to a person's non-dominant sub-centres (Deng et al., ECCV 2020)."""

import math

from torch import Tensor, nn

from eigen2arc.core.errors import UserError
from eigen2arc.deep.encode.margin.angular import add_angle, centres, margin_cross_entropy, of_true_class
from eigen2arc.deep.ops.cosines import cosines, full_precision


class SubcenterArcFace(nn.Module):
    """Sub-center ArcFace, section 3.2: ArcFace over the largest cosine to one of a class's K sub-centres.

    That is cos(theta_j) of class j. weight : (classes K, D), the sub-centres of a class in successive rows.
    """

    sampler = "shuffled"

    def __init__(self, embedding_size: int, classes: int, scale: float, margin_rad: float, sub_centres: int) -> None:
        super().__init__()
        self.scale, self.margin_rad, self.sub_centres = scale, margin_rad, sub_centres
        self.weight = centres(classes * sub_centres, embedding_size)

    @full_precision
    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Compute the mean loss, a scalar, of (N, D) embeddings of any length.

        labels : (N,) int64, 0 <= label < classes.
        """
        cos = cosines(embeddings, self.weight).unflatten(1, (-1, self.sub_centres)).amax(dim=2)
        return margin_cross_entropy(cos, labels, self._add_margin(of_true_class(cos, labels)), self.scale)

    def _add_margin(self, cos: Tensor) -> Tensor:
        return add_angle(cos, math.cos(self.margin_rad), math.sin(self.margin_rad))

    def target_logit(self, theta_rad: Tensor) -> Tensor:
        """Compute the true class's logits (K,), divided by s, at angles (K,), 0 to pi."""
        return self._add_margin(theta_rad.cos())


def build(
    *, embedding_size: int, classes: int, scale: float = 64.0, margin_rad: float = 0.5, sub_centres: int = 3
) -> SubcenterArcFace:
    """Build the sub-center ArcFace loss with its class centres.

    embedding_size : D. classes : people in the training set. scale : s, the radius of the logits' sphere.

    margin_rad : m, 0 <= m < pi / 2. sub_centres : K, 1 or more; 1 is ArcFace.
    """
    if not scale > 0:
        raise UserError(f"scale: expected a number above 0, got {scale}")
    if not 0 <= margin_rad < math.pi / 2:
        raise UserError(f"margin_rad: expected an angle of 0 to pi/2 radians, got {margin_rad}")
    if not isinstance(sub_centres, int) or sub_centres < 1:
        raise UserError(f"sub_centres: expected a whole number of 1 or more, got {sub_centres}")
    return SubcenterArcFace(embedding_size, classes, scale, margin_rad, sub_centres)
