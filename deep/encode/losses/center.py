"""Center loss: softmax, and every face drawn towards the centre of its person's faces (Wen et al., ECCV 2016)."""

from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from eigen2arc.core.bounds import Count, Gt, Le, NonNegative
from eigen2arc.deep.ops.cosines import centres, full_precision


class Center(nn.Module):
    """Center loss, eq. (5): L_S + lambda L_C, of softmax and half the squared distance of x to its centre.

    Both are means over the batch.

    The centres are no parameters: in training each batch moves them by equation (4)'s rule, after its loss, and they
    are a buffer, so that a run that is resumed has them. By default as in the paper's section 4.

    lam : lambda, weight of the distance to the centres. alpha : share of its way that a centre goes.
    """

    sampler = "shuffled"
    centres: Tensor

    def __init__(
        self,
        embedding_size: Count,
        classes: Count,
        lam: NonNegative = 0.003,
        alpha: Annotated[float, Gt(0), Le(1)] = 0.5,
    ) -> None:
        super().__init__()
        self.lam, self.alpha = lam, alpha
        self.weight = centres(classes, embedding_size)
        self.bias = nn.Parameter(torch.zeros(classes))
        self.register_buffer("centres", torch.zeros(classes, embedding_size))

    @full_precision
    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Compute the mean loss, a scalar, of (N, D) embeddings and (N,) int64 labels, 0 <= label < classes."""
        softmax = F.cross_entropy(F.linear(embeddings, self.weight, self.bias), labels)
        apart = (embeddings - self.centres[labels]).square().sum(dim=1)
        if self.training:
            self.move_centres(embeddings.detach(), labels)
        return softmax + self.lam / 2 * apart.mean()

    def move_centres(self, x: Tensor, labels: Tensor) -> None:
        """Move the centres by equation (4).

        c_j falls by alpha sum(c_j - x_i) / (1 + n_j), over the n_j faces i of person j.
        """
        count = torch.bincount(labels, minlength=len(self.centres)).to(x.dtype)
        summed = torch.zeros_like(self.centres).index_add(0, labels, x)
        self.centres -= self.alpha * (count[:, None] * self.centres - summed) / (1 + count[:, None])


build = Center
