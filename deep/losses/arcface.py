"""ArcFace: an additive angular margin on the softmax (Deng et al., CVPR 2019)."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from eigen2arc.core.errors import UserError


class ArcFace(nn.Module):
    """Equation (3): the cross-entropy of s cos(theta_j), where the true class's angle is made harder by m.

    theta_j is the angle between an embedding x and the learned centre W_j of class j; both are normalised.

    cos(theta + m) is taken from cos and sin, cos(theta) cos(m) - sin(theta) sin(m): no arccos, whose slope is
    infinite at both ends. It stops falling at theta = pi - m; from there on cos(theta) - (1 - cos(m)) takes over, which
    meets it at -1 and goes on falling, so that a face on the far side of its centre is still pulled back.
    """

    sampler = "shuffled"

    def __init__(self, embedding_size: int, classes: int, scale: float, margin_rad: float) -> None:
        super().__init__()
        self.scale, self.margin_rad = scale, margin_rad
        self.weight = nn.Parameter(torch.empty(classes, embedding_size))
        nn.init.xavier_normal_(self.weight)

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """(N, D) embeddings of any length and (N,) int64 labels, 0 <= label < classes, to the mean loss, a scalar."""
        # In bfloat16 a cosine has two decimals, too few for a margin.
        with torch.autocast(embeddings.device.type, enabled=False):
            x = F.normalize(embeddings.to(self.weight.dtype))
            cos = x @ F.normalize(self.weight).T
            harder = self.add_margin(cos.gather(1, labels[:, None]))
            return F.cross_entropy(self.scale * cos.scatter(1, labels[:, None], harder), labels)

    def add_margin(self, cos: Tensor) -> Tensor:
        """cos(theta) to cos(theta + m), continued beyond theta = pi - m; of any shape."""
        m = self.margin_rad
        # The floor keeps the root's slope finite at theta = 0 and pi; it is the rounding error of 1 - cos^2 itself.
        sin = ((1 - cos) * (1 + cos)).clamp(min=torch.finfo(cos.dtype).eps).sqrt()
        return torch.where(cos > -math.cos(m), cos * math.cos(m) - sin * math.sin(m), cos - (1 - math.cos(m)))


def build(*, embedding_size: int, classes: int, scale: float = 64.0, margin_rad: float = 0.5) -> ArcFace:
    """embedding_size : D. classes : people in the training set.

    scale : s, the radius of the sphere that the logits live on. margin_rad : m, 0 <= m < pi / 2; 0 gives the
    normalised softmax.
    """
    if not scale > 0:
        raise UserError(f"scale: expected a number above 0, got {scale}")
    if not 0 <= margin_rad < math.pi / 2:
        raise UserError(f"margin_rad: expected an angle of 0 to pi/2 radians, got {margin_rad}")
    return ArcFace(embedding_size, classes, scale, margin_rad)
