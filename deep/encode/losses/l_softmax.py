"""L-Softmax: large-margin softmax: multiplicative angle, unnormalised (Liu et al., ICML 2016)."""

from torch import Tensor

from eigen2arc.deep.encode.margin.annealing import AnnealedMargin, Annealing


class LSoftmax(AnnealedMargin):
    """L-Softmax, eq. (4): softmax cross-entropy over |W_j||x| cos(theta_j), for the true class |W_y||x| psi(theta_y).

    psi(theta) = (-1)^k cos(m theta) - 2k, equation (6). Nothing is normalised; there is no bias. The margin is brought
    in by annealing, section 4.
    """

    def radius(self, embeddings: Tensor) -> Tensor:
        """Compute |W_j||x| (N, C)."""
        return embeddings.norm(dim=1, keepdim=True) * self.weight.norm(dim=1)


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
    return LSoftmax(embedding_size, classes, m, Annealing(lambda_base, lambda_gamma, lambda_power, lambda_least))
