"""Combined margin: SphereFace's, ArcFace's and CosFace's margins in one (Deng et al., CVPR 2019, section 2.3)."""

import math
from typing import Annotated

import torch
from torch import Tensor

from eigen2arc.core.bounds import AcuteAngle, Count, Ge, Lt, Positive
from eigen2arc.deep.encode.margin.angular import sine
from eigen2arc.deep.ops.margin_softmax import CosineMargin


class CombinedMargin(CosineMargin):
    """Combined margin, ArcFace's eq. (4): softmax cross-entropy with s (cos(m1 theta + m2) - m3) for the true class.

    By default the paper's CM1, (1, 0.3, 0.2).

    scale : s, the radius of the logits' sphere. m1 : factor on the angle. m2_rad : added to the angle. m3 : taken from
    the cosine.
    """

    def __init__(
        self,
        embedding_size: Count,
        classes: Count,
        scale: Positive = 64.0,
        m1: Positive = 1.0,
        m2_rad: AcuteAngle = 0.3,
        m3: Annotated[float, Ge(0), Lt(1)] = 0.2,
    ) -> None:
        super().__init__(embedding_size, classes, scale)
        self.m1, self.m2_rad, self.m3 = m1, m2_rad, m3

    def add_margin(self, cos: Tensor) -> Tensor:
        """Compute cos(m1 theta + m2) - m3 from cos(theta); of any shape.

        It stops falling where m1 theta + m2 = pi; beyond, cos(theta) takes over, lowered to meet it at -1 - m3. theta
        comes from sine and cosine, as sine()'s floor keeps the slope finite.
        """
        theta = torch.atan2(sine(cos), cos)
        end = math.cos(min(math.pi, (math.pi - self.m2_rad) / self.m1))
        return torch.where(cos >= end, (self.m1 * theta + self.m2_rad).cos(), cos - end - 1) - self.m3


build = CombinedMargin
