"""SphereFace, A-Softmax: multiplicative angular margin (Liu et al., CVPR 2017)."""

from typing import Annotated

from torch import Tensor

from eigen2arc.core.bounds import Count, Ge, Le, NonNegative
from eigen2arc.deep.encode.margin.annealing import AnnealedMargin, Annealing


class SphereFace(AnnealedMargin):
    """SphereFace (A-Softmax), eq. (7): softmax cross-entropy over |x| cos(theta_j), for the true class |x| psi(theta).

    psi(theta) = (-1)^k cos(m theta) - 2k. Centres are normalised, embeddings are not. So hard a margin does not
    converge from random weights: it is brought in by annealing.
    """

    def radius(self, embeddings: Tensor) -> Tensor:
        """Compute |x| (N, 1)."""
        return embeddings.norm(dim=1, keepdim=True)


def build(
    *,
    embedding_size: Count,
    classes: Count,
    m: Annotated[int, Ge(1), Le(64)] = 4,
    lambda_base: NonNegative = 1000.0,
    lambda_gamma: NonNegative = 0.12,
    lambda_power: NonNegative = 1.0,
    lambda_least: NonNegative = 5.0,
) -> SphereFace:
    """Build the SphereFace loss with its class centres; the annealing is the authors', which ends after 1,660 batches.

    m : factor on the angle. lambda_base, lambda_gamma, lambda_power, lambda_least : of annealing, see annealing.py.
    """
    return SphereFace(embedding_size, classes, m, Annealing(lambda_base, lambda_gamma, lambda_power, lambda_least))
