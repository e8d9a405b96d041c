"""Plain softmax cross-entropy over the people of the training set (DeepFace, Taigman et al., CVPR 2014)."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from eigen2arc.core.bounds import Count
from eigen2arc.deep.ops.cosines import centres, full_precision


class Softmax(nn.Module):
    """Softmax cross-entropy (DeepFace, section 3.1): -log p_k of the true person k, p = softmax(W x + b).

    Nothing is normalised: lengths count.
    """

    sampler = "shuffled"

    def __init__(self, embedding_size: Count, classes: Count) -> None:
        super().__init__()
        self.weight = centres(classes, embedding_size)
        self.bias = nn.Parameter(torch.zeros(classes))

    @full_precision
    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Compute the mean loss, a scalar, of (N, D) embeddings and (N,) int64 labels, 0 <= label < classes."""
        return F.cross_entropy(F.linear(embeddings, self.weight, self.bias), labels)

    def target_logit(self, theta_rad: Tensor) -> Tensor:
        """Compute the true class's logits (K,), divided by |W||x|, at angles (K,), 0 to pi, without the bias."""
        return theta_rad.cos()


build = Softmax
