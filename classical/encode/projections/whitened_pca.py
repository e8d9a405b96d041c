"""Whitened PCA: the leading principal components, each scaled to the same variance.

W. Deng, J. Hu, J. Guo, "Gabor-Eigen-Whiten-Cosine: A Robust Scheme for Face Recognition", AMFG 2005: without whitening
the first components, light and pose, rule the distance; with it all of them weigh alike in the cosine.
"""

import numpy as np

from eigen2arc.classical.estimators.base import VectorProjection
from eigen2arc.classical.linear.pca import check_solver, fit_pca
from eigen2arc.classical.linear.projection import LinearProjection
from eigen2arc.core.errors import UserError


class WhitenedPCA(VectorProjection):
    """The projection of whitened PCA.

    projection_ : LinearProjection onto the scaled components.
    """

    matcher = "cosine"
    projection_: LinearProjection

    def __init__(self, components: int, drop_first: int, power: float, solver: str) -> None:
        self.components = components
        self.drop_first = drop_first
        self.power = power
        self.solver = solver

    def fit(self, vectors: np.ndarray, labels: np.ndarray | None = None) -> "WhitenedPCA":
        """Learn from (N, D) vectors; whose they are (``labels``) plays no part. Raises UserError if all are equal."""
        vectors = self.training_vectors(vectors)
        if len(vectors) < 2:
            raise UserError(f"whitened_pca: needs at least 2 vectors, got {len(vectors)}")
        pca = fit_pca(vectors, self.components + self.drop_first, self.solver)
        axes = pca.axes(self.drop_first, self.power)
        if len(axes) == 0:
            raise UserError(
                f"whitened_pca: {len(vectors)} vectors span {len(pca.eigenfaces)} dimensions, "
                f"and none is left without the first {self.drop_first}"
            )
        self.projection_ = LinearProjection(pca.mean, axes)
        return self

    def transform(self, vectors: np.ndarray) -> np.ndarray:
        """Project vectors (N, D) to lambda_k^(-power / 2) u_k^T (x - mean), (N, K) float32.

        Raises UserError before fit.
        """
        vectors = self.new_vectors(vectors)
        return self.projection_.transform(vectors)


def build(*, components: int = 400, drop_first: int = 0, power: float = 1.0, solver: str = "auto") -> WhitenedPCA:
    """Build the projection of whitened PCA.

    components : how many are kept, fewer where the vectors span fewer dimensions. drop_first : how many of the leading
    ones are left out before those. power : 1 whitens, 0 is plain PCA, between them the variance lambda becomes
    lambda^(1 - power). solver : "exact", "randomised", or "auto" by size. Raises UserError.
    """
    if components < 1 or drop_first < 0 or not 0 <= power <= 1:
        raise UserError(
            "whitened_pca: expected components of at least 1, drop_first of at least 0 and power from 0 to 1, "
            f"got {components}, {drop_first} and {power}"
        )
    check_solver(solver, "whitened_pca")
    return WhitenedPCA(components, drop_first, power, solver)
