"""Softmax with a margin on the angle: the one forward that such losses share, and margins with a finite slope.

No arccos anywhere: its slope is infinite at both ends. cos(theta + m) and cos(m theta) follow from cos(theta) itself.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from eigen2arc.deep.ops.cosines import cosines, full_precision


class MarginSoftmax(nn.Module):
    """Softmax cross-entropy over s cos(theta_j), with the true class's cosine replaced by that of a harder angle.

    theta_j is the angle between an embedding x and the learned centre W_j of class j; both are normalised. A loss adds
    its margin, which depends on the true class's cosine alone. Those whose margin depends on more, as the embedding's
    length, have a forward of their own, and end in margin_cross_entropy() as well.
    """

    sampler = "shuffled"

    def __init__(self, embedding_size: int, classes: int, scale: float | nn.Parameter) -> None:
        super().__init__()
        self.scale = scale
        self.weight = centres(classes, embedding_size)

    @full_precision
    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Compute the mean loss, a scalar, of (N, D) embeddings of any length.

        labels : (N,) int64, 0 <= label < classes.
        """
        cos = cosines(embeddings, self.weight)
        return margin_cross_entropy(cos, labels, self.add_margin(of_true_class(cos, labels)), self.scale)

    def add_margin(self, cos: Tensor) -> Tensor:
        """Compute the true class's logit, divided by s, from its cosine; of any shape."""
        raise NotImplementedError

    def target_logit(self, theta_rad: Tensor) -> Tensor:
        """Compute the true class's logits (K,), divided by s, at angles (K,), 0 to pi."""
        return self.add_margin(theta_rad.cos())


def centres(rows: int, embedding_size: int) -> nn.Parameter:
    """Draw class centres (rows, D), normally distributed, as all losses' `weight` begins."""
    return nn.Parameter(nn.init.xavier_normal_(torch.empty(rows, embedding_size)))


def of_true_class(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the true class's entry in each row of (N, C): (N,)."""
    return logits.gather(1, labels[:, None])[:, 0]


def margin_cross_entropy(cos: Tensor, labels: Tensor, harder: Tensor, scale: float | Tensor) -> Tensor:
    """Compute the mean cross-entropy of scale * cos, with the true class's cosines replaced by ``harder``.

    cos : (N, C). labels : (N,) int64. harder : (N,). scale : s, or what stands in its place for (N, C).
    """
    return F.cross_entropy(scale * cos.scatter(1, labels[:, None], harder[:, None]), labels)


def sine(cos: Tensor) -> Tensor:
    """Compute sin(theta) from cos(theta), 0 <= theta <= pi.

    The floor keeps the root's slope finite at theta = 0 and pi; it is the rounding error of 1 - cos^2 itself.
    """
    return ((1 - cos) * (1 + cos)).clamp(min=torch.finfo(cos.dtype).eps).sqrt()


def add_angle_unclamped(cos: Tensor, cos_m: float | Tensor, sin_m: float | Tensor) -> Tensor:
    """Compute cos(theta + m) from cos(theta), m of either sign.

    cos_m, sin_m : its cosine and sine, one for all or one for each.

    Beyond theta = pi - m it rises again; see add_angle().
    """
    return cos * cos_m - sine(cos) * sin_m


def add_angle(cos: Tensor, cos_m: float | Tensor, sin_m: float | Tensor) -> Tensor:
    """Compute cos(theta + m) from cos(theta) for a margin, m >= 0, that makes every angle harder.

    cos_m, sin_m : its cosine and sine, one for all or one for each.

    cos(theta + m) stops falling at theta = pi - m; from there on cos(theta) - (1 - cos(m)) takes over, which meets it
    at -1 and goes on falling, so that a face on the far side of its centre is still pulled back.
    """
    return torch.where(cos > -cos_m, add_angle_unclamped(cos, cos_m, sin_m), cos - (1 - cos_m))


def cos_multiple(cos: Tensor, m: int) -> Tensor:
    """Compute cos(m theta) from cos(theta), m >= 1: Chebyshev's T_m, by T_{n+1} = 2 cos T_n - T_{n-1}."""
    last, this = torch.ones_like(cos), cos
    for _ in range(m - 1):
        last, this = this, 2 * cos * this - last
    return this


def psi(cos: Tensor, m: int) -> Tensor:
    """Compute (-1)^k cos(m theta) - 2k, where k pi/m <= theta <= (k+1) pi/m: cos(m theta) made to fall from 0 to pi.

    L-Softmax's eq. (6), A-Softmax's psi. k counts the borders that theta is beyond.
    """
    k = sum(((cos < math.cos(j * math.pi / m)).to(cos.dtype) for j in range(1, m)), torch.zeros_like(cos))
    return (1 - 2 * (k % 2)) * cos_multiple(cos, m) - 2 * k
