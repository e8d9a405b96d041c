"""SphereFace, A-Softmax: multiplicative angular margin (Liu et al., CVPR 2017)."""

from torch import Tensor

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
    embedding_size: int,
    classes: int,
    m: int = 4,
    lambda_base: float = 1000.0,
    lambda_gamma: float = 0.12,
    lambda_power: float = 1.0,
    lambda_least: float = 5.0,
) -> SphereFace:
    """Build the SphereFace loss with its class centres.

    embedding_size : D. classes : people in the training set. m : factor on the angle, 1 or more.

    lambda_* : of annealing, see annealing.py; the authors' values, with which it ends after 1,660 batches.
    """
    return SphereFace(embedding_size, classes, m, Annealing(lambda_base, lambda_gamma, lambda_power, lambda_least))
