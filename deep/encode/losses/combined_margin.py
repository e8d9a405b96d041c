"""Combined margin: SphereFace's, ArcFace's and CosFace's margins in one (Deng et al., CVPR 2019, section 2.3)."""

import math

import torch
from torch import Tensor

from eigen2arc.core.errors import UserError
from eigen2arc.deep.encode.margin.angular import sine
from eigen2arc.deep.ops.margin_softmax import CosineMargin


class CombinedMargin(CosineMargin):
    """Combined margin, ArcFace's eq. (4): softmax cross-entropy with s (cos(m1 theta + m2) - m3) for the true class."""

    def __init__(self, embedding_size: int, classes: int, scale: float, m1: float, m2_rad: float, m3: float) -> None:
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


def build(
    *, embedding_size: int, classes: int, scale: float = 64.0, m1: float = 1.0, m2_rad: float = 0.3, m3: float = 0.2
) -> CombinedMargin:
    """Build the combined-margin loss with its class centres.

    embedding_size : D. classes : people in the training set. scale : s, the radius of the logits' sphere.

    m1 : factor on the angle, above 0. m2_rad : added to the angle, 0 to pi/2. m3 : taken from the cosine, 0 to 1. By
    default the paper's CM1, (1, 0.3, 0.2).
    """
    if not scale > 0:
        raise UserError(f"scale: expected a number above 0, got {scale}")
    if not m1 > 0:
        raise UserError(f"m1: expected a factor above 0, got {m1}")
    if not 0 <= m2_rad < math.pi / 2:
        raise UserError(f"m2_rad: expected an angle of 0 to pi/2 radians, got {m2_rad}")
    if not 0 <= m3 < 1:
        raise UserError(f"m3: expected a difference of cosines, 0 to 1, got {m3}")
    return CombinedMargin(embedding_size, classes, scale, m1, m2_rad, m3)
