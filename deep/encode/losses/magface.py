"""MagFace: the embedding's length becomes the face's quality (Meng et al., CVPR 2021)."""

import math

import torch
from torch import Tensor, nn

from eigen2arc.core.errors import UserError
from eigen2arc.deep.encode.margin.angular import add_angle, centres, margin_cross_entropy, of_true_class
from eigen2arc.deep.ops.cosines import cosines, full_precision


class MagFace(nn.Module):
    """MagFace, section 3.2: ArcFace with a margin m(a) that grows with the embedding's length a, plus lambda_g g(a).

    A long embedding must come closer to its centre, so only a face that is easily known can afford to be long;
    the regulariser g rewards length.
    """

    sampler = "shuffled"

    def __init__(
        self,
        embedding_size: int,
        classes: int,
        scale: float,
        lengths: tuple[float, float],
        margins_rad: tuple[float, float],
        lambda_g: float,
    ) -> None:
        super().__init__()
        self.scale, self.lambda_g = scale, lambda_g
        self.l_a, self.u_a = lengths
        self.l_m, self.u_m = margins_rad
        self.weight = centres(classes, embedding_size)

    @full_precision
    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Compute the mean loss, a scalar, of (N, D) embeddings and (N,) int64 labels, 0 <= label < classes."""
        a = embeddings.norm(dim=1).clamp(self.l_a, self.u_a)
        cos = cosines(embeddings, self.weight)
        m = self.m(a)
        harder = add_angle(of_true_class(cos, labels), m.cos(), m.sin())
        return margin_cross_entropy(cos, labels, harder, self.scale) + self.lambda_g * self.g(a).mean()

    def m(self, a: Tensor) -> Tensor:
        """Compute the margin in radians of lengths a, l_a to u_a: linear from l_m to u_m, section 4.1."""
        return (self.u_m - self.l_m) / (self.u_a - self.l_a) * (a - self.l_a) + self.l_m

    def g(self, a: Tensor) -> Tensor:
        """Compute the regulariser 1 / a + a / u_a^2, which falls up to u_a, section 4.1."""
        return 1 / a + a / self.u_a**2

    def target_logit(self, theta_rad: Tensor) -> Tensor:
        """Compute the true class's logits (K,), divided by s, at angles (K,), 0 to pi.

        They are those of an embedding whose length is midway of l_a and u_a.
        """
        m = self.m(torch.full_like(theta_rad, (self.l_a + self.u_a) / 2))
        return add_angle(theta_rad.cos(), m.cos(), m.sin())


def build(
    *,
    embedding_size: int,
    classes: int,
    scale: float = 64.0,
    l_a: float = 10.0,
    u_a: float = 110.0,
    l_m_rad: float = 0.45,
    u_m_rad: float = 0.8,
    lambda_g: float = 35.0,
) -> MagFace:
    """Build the MagFace loss with its class centres.

    embedding_size : D. classes : people in the training set. scale : s, the radius of the logits' sphere.

    l_a, u_a : bounds that embeddings' lengths are clamped to, 0 < l_a < u_a. l_m_rad, u_m_rad : margins there, 0 to
    pi/2. lambda_g : weight of the regulariser. By default the paper's, section 4.1.
    """
    if not scale > 0:
        raise UserError(f"scale: expected a number above 0, got {scale}")
    if not 0 < l_a < u_a:
        raise UserError(f"l_a, u_a: expected lengths 0 < l_a < u_a, got {l_a} and {u_a}")
    for name, margin in (("l_m_rad", l_m_rad), ("u_m_rad", u_m_rad)):
        if not 0 <= margin < math.pi / 2:
            raise UserError(f"{name}: expected an angle of 0 to pi/2 radians, got {margin}")
    if not lambda_g >= 0:
        raise UserError(f"lambda_g: expected a number of 0 or more, got {lambda_g}")
    return MagFace(embedding_size, classes, scale, (l_a, u_a), (l_m_rad, u_m_rad), lambda_g)
