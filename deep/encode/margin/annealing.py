"""How a hard margin is brought in: the true class's logit begins as plain softmax's and becomes the margin's own."""

import torch
from torch import Tensor, nn

from eigen2arc.deep.ops.margin_softmax import MarginSoftmax

from .angular import psi


class Annealing(nn.Module):
    """Annealing of a margin into plain softmax logits.

    f = (lambda f_softmax + f_margin) / (1 + lambda), lambda = max(least, base (1 + gamma iteration)^-power).
    L-Softmax (Liu et al., ICML 2016), section 4; the law is that of its authors' Caffe layer, SphereFace's too. The
    iteration is a buffer: a run that is resumed goes on with the lambda that it had.
    """

    iteration: Tensor

    def __init__(self, base: float, gamma: float, power: float, least: float) -> None:
        super().__init__()
        self.base, self.gamma, self.power, self.least = base, gamma, power, least
        self.register_buffer("iteration", torch.tensor(0))

    def forward(self, plain: Tensor, margin: Tensor) -> Tensor:
        """Blend the logits of softmax and of the margin, of any shape; in training this counts as an iteration."""
        if self.training:
            self.iteration += 1
        decay = (1 + self.gamma * self.iteration.to(plain.dtype)) ** -self.power
        return self._blend(plain, margin, (self.base * decay).clamp(min=self.least))

    def final(self, plain: Tensor, margin: Tensor) -> Tensor:
        """Blend with the least lambda, to which a long training comes."""
        return self._blend(plain, margin, self.least)

    @staticmethod
    def _blend(plain: Tensor, margin: Tensor, lam: Tensor | float) -> Tensor:
        return (lam * plain + margin) / (1 + lam)


class AnnealedMargin(MarginSoftmax):
    """What L-Softmax and SphereFace share: psi(theta) of an angle taken m times, brought in by annealing."""

    def __init__(self, embedding_size: int, classes: int, m: int, annealing: Annealing) -> None:
        super().__init__(embedding_size, classes, scale=1.0)  # lengths stand in its place
        self.m, self.annealing = m, annealing

    def harder(self, true: Tensor, quality: None) -> Tensor:
        """Blend cos(theta) and psi(theta) with the lambda of this iteration; (N,)."""
        return self.annealing(true, psi(true, self.m))

    def add_margin(self, cos: Tensor) -> Tensor:
        """Blend cos(theta) and psi(theta) as at the end of annealing; of any shape."""
        return self.annealing.final(cos, psi(cos, self.m))
