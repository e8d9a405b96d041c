"""Sub-center ArcFace: noisy samples fall to a person's non-dominant sub-centres (Deng et al., ECCV 2020)."""

import math

from torch import Tensor

from eigen2arc.core.errors import UserError
from eigen2arc.deep.encode.margin.angular import add_angle
from eigen2arc.deep.ops.margin_softmax import MarginSoftmax


class SubcenterArcFace(MarginSoftmax):
    """Sub-center ArcFace, section 3.2: ArcFace over the largest cosine to one of a class's K sub-centres.

    That is cos(theta_j) of class j. weight : (classes K, D), the sub-centres of a class in successive rows.
    """

    def __init__(self, embedding_size: int, classes: int, scale: float, margin_rad: float, sub_centres: int) -> None:
        super().__init__(embedding_size, classes * sub_centres, scale)
        self.margin_rad, self.sub_centres = margin_rad, sub_centres

    def class_cosines(self, embeddings: Tensor) -> Tensor:
        """Compute the largest cosine to one of each class's sub-centres, (N, C)."""
        return super().class_cosines(embeddings).unflatten(1, (-1, self.sub_centres)).amax(dim=2)

    def add_margin(self, cos: Tensor) -> Tensor:
        """Compute cos(theta + m) from cos(theta), as ArcFace; of any shape."""
        return add_angle(cos, math.cos(self.margin_rad), math.sin(self.margin_rad))


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
