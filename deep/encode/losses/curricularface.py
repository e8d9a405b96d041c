"""CurricularFace: easy samples first, hard ones more as training goes on (Huang et al., CVPR 2020)."""

import math

import torch
from torch import Tensor

from eigen2arc.core.bounds import AcuteAngle, Count, Positive, Share
from eigen2arc.deep.encode.margin.angular import add_angle
from eigen2arc.deep.ops.margin_softmax import MarginSoftmax


class CurricularFace(MarginSoftmax):
    """CurricularFace, section 3.2: ArcFace, with the other classes' hard cosines weighted by a curriculum t.

    A face is hard for a wrong class j when cos(theta_j) exceeds the true class's cos(theta + m); that cosine then
    counts as (t + cos(theta_j)) cos(theta_j). t follows the mean true cosine of the batches: 0 in the beginning, when
    hard faces are passed over, near 1 when people are known, when they are stressed. It is a buffer and moves in
    training only.

    scale : s, the radius of the logits' sphere. margin_rad : m, added to the true angle. alpha : weight of the newest
    batch in t.
    """

    t: Tensor

    def __init__(
        self,
        embedding_size: Count,
        classes: Count,
        scale: Positive = 64.0,
        margin_rad: AcuteAngle = 0.5,
        alpha: Share = 0.01,
    ) -> None:
        super().__init__(embedding_size, classes, scale)
        self.margin_rad, self.alpha = margin_rad, alpha
        self.register_buffer("t", torch.tensor(0.0))

    def add_margin(self, cos: Tensor) -> Tensor:
        """Compute cos(theta + m) from cos(theta), as ArcFace; of any shape."""
        return add_angle(cos, math.cos(self.margin_rad), math.sin(self.margin_rad))

    def harder(self, true: Tensor, quality: None) -> Tensor:
        """Update t^(k) = alpha r^(k) + (1 - alpha) t^(k-1), r the mean of the true cosines (N,); add the margin."""
        if self.training:
            self.t.lerp_(true.detach().mean(), self.alpha)
        return self.add_margin(true)

    def others(self, cos: Tensor, harder: Tensor) -> Tensor:
        """Weight the hard ones of the cosines (N, C)."""
        return torch.where(cos > harder[:, None], (self.t + cos) * cos, cos)


build = CurricularFace
