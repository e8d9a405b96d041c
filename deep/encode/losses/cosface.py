"""CosFace: a margin on the cosine itself (Wang et al., CVPR 2018); the same as AM-Softmax (SPL 2018)."""

from torch import Tensor, nn
from torch.nn import functional as F

from eigen2arc.core.errors import UserError
from eigen2arc.deep.encode.margin.angular import centres, of_true_class, with_true_class
from eigen2arc.deep.ops.cosines import cosines, full_precision


class CosFace(nn.Module):
    """Equation (4), LMCL: the cross-entropy of s cos(theta_j), where the true class's cosine is lowered by m."""

    sampler = "shuffled"

    def __init__(self, embedding_size: int, classes: int, scale: float, margin: float) -> None:
        super().__init__()
        self.scale, self.margin = scale, margin
        self.weight = centres(classes, embedding_size)

    @full_precision
    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """(N, D) embeddings of any length and (N,) int64 labels, 0 <= label < classes, to the mean loss, a scalar."""
        cos = cosines(embeddings, self.weight)
        harder = self.add_margin(of_true_class(cos, labels))
        return F.cross_entropy(self.scale * with_true_class(cos, labels, harder), labels)

    def add_margin(self, cos: Tensor) -> Tensor:
        """cos(theta) to cos(theta) - m; of any shape."""
        return cos - self.margin

    def target_logit(self, theta_rad: Tensor) -> Tensor:
        """(K,) angles, 0 to pi, to (K,) logits of the true class, divided by s."""
        return self.add_margin(theta_rad.cos())


def build(*, embedding_size: int, classes: int, scale: float = 64.0, margin: float = 0.35) -> CosFace:
    """embedding_size : D. classes : people in the training set.

    scale : s, the radius of the sphere that the logits live on. margin : m, 0 <= m < 1, in cosines.
    """
    if not scale > 0:
        raise UserError(f"scale: expected a number above 0, got {scale}")
    if not 0 <= margin < 1:
        raise UserError(f"margin: expected a difference of cosines, 0 to 1, got {margin}")
    return CosFace(embedding_size, classes, scale, margin)
