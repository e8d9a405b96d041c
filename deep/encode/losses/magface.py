"""MagFace: the embedding's length becomes the face's quality (Meng et al., CVPR 2021)."""

import torch
from torch import Tensor

from eigen2arc.core.bounds import AcuteAngle, Count, NonNegative, Positive
from eigen2arc.core.errors import UserError
from eigen2arc.deep.encode.margin.angular import add_angle
from eigen2arc.deep.ops.margin_softmax import MarginSoftmax


class MagFace(MarginSoftmax):
    """MagFace, section 3.2: ArcFace with a margin m(a) that grows with the embedding's length a, plus lambda_g g(a).

    A long embedding must come closer to its centre, so only a face that is easily known can afford to be long;
    the regulariser g rewards length.
    """

    def __init__(
        self,
        embedding_size: int,
        classes: int,
        scale: float,
        lengths: tuple[float, float],
        margins_rad: tuple[float, float],
        lambda_g: float,
    ) -> None:
        super().__init__(embedding_size, classes, scale)
        self.lambda_g = lambda_g
        self.l_a, self.u_a = lengths
        self.l_m, self.u_m = margins_rad

    def quality(self, embeddings: Tensor) -> Tensor:
        """Compute the lengths a (N,), clamped to l_a, u_a."""
        return embeddings.norm(dim=1).clamp(self.l_a, self.u_a)

    def harder(self, true: Tensor, quality: Tensor) -> Tensor:
        """Add to the true classes' angles, by their cosines (N,), the margins of their lengths."""
        return self.add_margin(true, quality)

    def add_margin(self, cos: Tensor, a: Tensor | None = None) -> Tensor:
        """Compute cos(theta + m(a)) from cos(theta); of any shape. a : midway of l_a and u_a, unless it is given."""
        m = self.m(torch.full_like(cos, (self.l_a + self.u_a) / 2) if a is None else a)
        return add_angle(cos, m.cos(), m.sin())

    def m(self, a: Tensor) -> Tensor:
        """Compute the margin in radians of lengths a, l_a to u_a: linear from l_m to u_m, section 4.1."""
        return (self.u_m - self.l_m) / (self.u_a - self.l_a) * (a - self.l_a) + self.l_m

    def g(self, a: Tensor) -> Tensor:
        """Compute the regulariser 1 / a + a / u_a^2, which falls up to u_a, section 4.1."""
        return 1 / a + a / self.u_a**2

    def regulariser(self, quality: Tensor) -> Tensor:
        """Compute lambda_g times the mean of g."""
        return self.lambda_g * self.g(quality).mean()


def build(
    *,
    embedding_size: Count,
    classes: Count,
    scale: Positive = 64.0,
    l_a: Positive = 10.0,
    u_a: Positive = 110.0,
    l_m_rad: AcuteAngle = 0.45,
    u_m_rad: AcuteAngle = 0.8,
    lambda_g: NonNegative = 35.0,
) -> MagFace:
    """Build the MagFace loss with its class centres; by default the paper's, section 4.1.

    scale : s, the radius of the logits' sphere. l_a, u_a : bounds that embeddings' lengths are clamped to. l_m_rad,
    u_m_rad : margins there. lambda_g : weight of the regulariser. Raises UserError.
    """
    if l_a >= u_a:
        raise UserError(f"magface: u_a = {u_a}: expected more than l_a, {l_a}")
    return MagFace(embedding_size, classes, scale, (l_a, u_a), (l_m_rad, u_m_rad), lambda_g)
