"""L-Softmax: large-margin softmax: multiplicative angle, unnormalised (Liu et al., ICML 2016)."""

from torch import Tensor, nn

from eigen2arc.core.errors import UserError
from eigen2arc.deep.encode.margin.angular import centres, margin_cross_entropy, of_true_class, psi
from eigen2arc.deep.encode.margin.annealing import Annealing
from eigen2arc.deep.ops.cosines import cosines, full_precision


class LSoftmax(nn.Module):
    """L-Softmax, eq. (4): softmax cross-entropy over |W_j||x| cos(theta_j), for the true class |W_y||x| psi(theta_y).

    psi(theta) = (-1)^k cos(m theta) - 2k, equation (6). Nothing is normalised; there is no bias. The margin is brought
    in by annealing, section 4.
    """

    sampler = "shuffled"

    def __init__(self, embedding_size: int, classes: int, m: int, annealing: Annealing) -> None:
        super().__init__()
        self.m, self.annealing = m, annealing
        self.weight = centres(classes, embedding_size)

    @full_precision
    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Compute the mean loss, a scalar, of (N, D) embeddings and (N,) int64 labels, 0 <= label < classes."""
        cos = cosines(embeddings, self.weight)
        true = of_true_class(cos, labels)
        harder = self.annealing(true, psi(true, self.m))
        lengths = embeddings.norm(dim=1, keepdim=True) * self.weight.norm(dim=1)
        return margin_cross_entropy(cos, labels, harder, lengths)

    def target_logit(self, theta_rad: Tensor) -> Tensor:
        """Compute the true class's logits (K,), divided by |W||x|, at angles (K,), 0 to pi, at the end of annealing."""
        cos = theta_rad.cos()
        return self.annealing.final(cos, psi(cos, self.m))


def build(
    *,
    embedding_size: int,
    classes: int,
    m: int = 4,
    lambda_base: float = 1000.0,
    lambda_gamma: float = 0.12,
    lambda_power: float = 1.0,
    lambda_least: float = 5.0,
) -> LSoftmax:
    """Build the L-Softmax loss with its class centres.

    embedding_size : D. classes : people in the training set. m : factor on the angle, 1 or more.

    lambda_* : of annealing, see annealing.py; the paper gives no values, these are SphereFace's.
    """
    if not isinstance(m, int) or m < 1:
        raise UserError(f"m: expected a whole number of 1 or more, got {m}")
    annealing = Annealing(lambda_base, lambda_gamma, lambda_power, lambda_least)
    return LSoftmax(embedding_size, classes, m, annealing)
