"""Sub-center ArcFace: noisy samples fall to a person's non-dominant sub-centres (Deng et al., ECCV 2020)."""

import math
from typing import Annotated

from torch import Tensor

from eigen2arc.core.bounds import AcuteAngle, Count, Ge, Le, Positive
from eigen2arc.deep.encode.margin.angular import add_angle
from eigen2arc.deep.ops.margin_softmax import MarginSoftmax


class SubcenterArcFace(MarginSoftmax):
    """Sub-center ArcFace, section 3.2: ArcFace over the largest cosine to one of a class's K sub-centres.

    That is cos(theta_j) of class j. weight : (classes K, D), the sub-centres of a class in successive rows.

    scale : s, the radius of the logits' sphere. margin_rad : m, added to the true angle. sub_centres : K; 1 is ArcFace.
    """

    def __init__(
        self,
        embedding_size: Count,
        classes: Count,
        scale: Positive = 64.0,
        margin_rad: AcuteAngle = 0.5,
        sub_centres: Annotated[int, Ge(1), Le(100)] = 3,
    ) -> None:
        super().__init__(embedding_size, classes * sub_centres, scale)
        self.margin_rad, self.sub_centres = margin_rad, sub_centres

    def class_cosines(self, embeddings: Tensor) -> Tensor:
        """Compute the largest cosine to one of each class's sub-centres, (N, C)."""
        return super().class_cosines(embeddings).unflatten(1, (-1, self.sub_centres)).amax(dim=2)

    def add_margin(self, cos: Tensor) -> Tensor:
        """Compute cos(theta + m) from cos(theta), as ArcFace; of any shape."""
        return add_angle(cos, math.cos(self.margin_rad), math.sin(self.margin_rad))


build = SubcenterArcFace
