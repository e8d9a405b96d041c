"""L-Softmax: large-margin softmax: multiplicative angle, unnormalised (Liu et al., ICML 2016)."""

from typing import Annotated

from torch import Tensor

from eigen2arc.core.bounds import Count, Ge, Le, NonNegative
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
    embedding_size: Count,
    classes: Count,
    m: Annotated[int, Ge(1), Le(64)] = 4,
    lambda_base: NonNegative = 1000.0,
    lambda_gamma: NonNegative = 0.12,
    lambda_power: NonNegative = 1.0,
    lambda_least: NonNegative = 5.0,
) -> LSoftmax:
    """Build the L-Softmax loss with its class centres; the annealing is SphereFace's, as the paper gives no values.

    m : factor on the angle. lambda_base, lambda_gamma, lambda_power, lambda_least : of annealing, see annealing.py.
    """
    return LSoftmax(embedding_size, classes, m, Annealing(lambda_base, lambda_gamma, lambda_power, lambda_least))
