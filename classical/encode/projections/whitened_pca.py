"""Whitened PCA: the leading principal components, each scaled to the same variance.

W. Deng, J. Hu, J. Guo, "Gabor-Eigen-Whiten-Cosine: A Robust Scheme for Face Recognition", AMFG 2005: without whitening
the first components, light and pose, rule the distance; with it all of them weigh alike in the cosine.
"""

from typing import Annotated, Literal

import numpy as np

from eigen2arc.classical.estimators.base import VectorProjection
from eigen2arc.classical.linear.pca import fit_pca
from eigen2arc.classical.linear.projection import LinearProjection
from eigen2arc.core.bounds import Count, Ge, Share
from eigen2arc.core.errors import UserError


class WhitenedPCA(VectorProjection):
    """The projection of whitened PCA.

    projection_ : LinearProjection onto the scaled components.

    components : how many are kept, fewer where the vectors span fewer dimensions. drop_first : how many of the leading
    ones are left out before those. power : 1 whitens, 0 is plain PCA, between them the variance lambda becomes
    lambda^(1 - power). solver : of the eigenvectors; "auto" chooses by size.
    """

    matcher = "cosine"
    projection_: LinearProjection

    def __init__(
        self,
        components: Count = 400,
        drop_first: Annotated[int, Ge(0)] = 0,
        power: Share = 1.0,
        solver: Literal["auto", "exact", "randomised"] = "auto",
    ) -> None:
        self.components = components
        self.drop_first = drop_first
        self.power = power
        self.solver = solver

    @property
    def learns_from(self) -> str:
        """The images alone."""
        return "images"

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


build = WhitenedPCA
