"""How a hard margin is brought in: the true class's logit begins as plain softmax's and becomes the margin's own."""

import torch
from torch import Tensor, nn

from eigen2arc.core.errors import UserError


class Annealing(nn.Module):
    """Annealing of a margin into plain softmax logits.

    f = (lambda f_softmax + f_margin) / (1 + lambda), lambda = max(least, base (1 + gamma iteration)^-power).
    L-Softmax (Liu et al., ICML 2016), section 4; the law is that of its authors' Caffe layer, SphereFace's too. The
    iteration is a buffer: a run that is resumed goes on with the lambda that it had.
    """

    iteration: Tensor

    def __init__(self, base: float, gamma: float, power: float, least: float) -> None:
        super().__init__()
        for name, value in (("base", base), ("gamma", gamma), ("power", power), ("least", least)):
            if not value >= 0:
                raise UserError(f"lambda_{name}: expected a number of 0 or more, got {value}")
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
