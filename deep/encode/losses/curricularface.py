"""CurricularFace: easy samples first, hard ones more as training goes on (Huang et al., CVPR 2020)."""

import math

import torch
from torch import Tensor, nn

from eigen2arc.core.errors import UserError
from eigen2arc.deep.encode.margin.angular import add_angle, centres, margin_cross_entropy, of_true_class
from eigen2arc.deep.ops.cosines import cosines, full_precision


class CurricularFace(nn.Module):
    """CurricularFace, section 3.2: ArcFace, with the other classes' hard cosines weighted by a curriculum t.

    A face is hard for a wrong class j when cos(theta_j) exceeds the true class's cos(theta + m); that cosine then
    counts as (t + cos(theta_j)) cos(theta_j). t follows the mean true cosine of the batches: 0 in the beginning, when
    hard faces are passed over, near 1 when people are known, when they are stressed. It is a buffer and moves in
    training only.
    """

    sampler = "shuffled"
    t: Tensor

    def __init__(self, embedding_size: int, classes: int, scale: float, margin_rad: float, alpha: float) -> None:
        super().__init__()
        self.scale, self.margin_rad, self.alpha = scale, margin_rad, alpha
        self.weight = centres(classes, embedding_size)
        self.register_buffer("t", torch.tensor(0.0))

    @full_precision
    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Compute the mean loss, a scalar, of (N, D) embeddings of any length.

        labels : (N,) int64, 0 <= label < classes.
        """
        cos = cosines(embeddings, self.weight)
        true = of_true_class(cos, labels)
        if self.training:
            self.update_t(true)
        harder = add_angle(true, math.cos(self.margin_rad), math.sin(self.margin_rad))
        weighted = torch.where(cos > harder[:, None], (self.t + cos) * cos, cos)
        return margin_cross_entropy(weighted, labels, harder, self.scale)

    def update_t(self, true: Tensor) -> None:
        """Update t^(k) = alpha r^(k) + (1 - alpha) t^(k-1), r the batch's mean cosine to the true centre."""
        self.t.lerp_(true.detach().mean(), self.alpha)

    def target_logit(self, theta_rad: Tensor) -> Tensor:
        """Compute the true class's logits (K,), divided by s, at angles (K,), 0 to pi."""
        return add_angle(theta_rad.cos(), math.cos(self.margin_rad), math.sin(self.margin_rad))


def build(
    *, embedding_size: int, classes: int, scale: float = 64.0, margin_rad: float = 0.5, alpha: float = 0.01
) -> CurricularFace:
    """Build the CurricularFace loss with its class centres.

    embedding_size : D. classes : people in the training set. scale : s, the radius of the logits' sphere.

    margin_rad : m, 0 <= m < pi / 2. alpha : weight of the newest batch in t, 0 to 1.
    """
    if not scale > 0:
        raise UserError(f"scale: expected a number above 0, got {scale}")
    if not 0 <= margin_rad < math.pi / 2:
        raise UserError(f"margin_rad: expected an angle of 0 to pi/2 radians, got {margin_rad}")
    if not 0 <= alpha <= 1:
        raise UserError(f"alpha: expected a weight of 0 to 1, got {alpha}")
    return CurricularFace(embedding_size, classes, scale, margin_rad, alpha)
