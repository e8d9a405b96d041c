"""Margins on the angle, with a finite slope.

No arccos anywhere: its slope is infinite at both ends. cos(theta + m) and cos(m theta) follow from cos(theta) itself.
"""

import math

import torch
from torch import Tensor


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
