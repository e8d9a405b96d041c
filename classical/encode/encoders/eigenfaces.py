"""Eigenfaces: a face as its weights in the principal components of faces (Turk and Pentland 1991).

The whole grey crop is encoded, as in the paper; omega_k = u_k^T (Gamma - Psi) are the weights. P. Belhumeur et al.
(PAMI 19(7), 1997) leave out the first three, which they find to hold the light.
"""

from typing import Annotated, Literal

import numpy as np

from eigen2arc.classical.estimators.base import ImageEncoder, or_fitted
from eigen2arc.classical.linear.pca import fit_pca
from eigen2arc.classical.linear.projection import LinearProjection, grey_rows
from eigen2arc.core.bounds import Count, Ge
from eigen2arc.core.errors import UserError


class Eigenfaces(ImageEncoder):
    """The encoder of eigenfaces.

    projection_ : LinearProjection onto at most ``components`` eigenfaces.

    components : how many eigenfaces. drop_first : how many of the leading ones are left out before those. whitening :
    each weight is divided by its standard deviation. solver : of the eigenvectors; "auto" chooses by size.
    """

    matcher = "euclidean"
    projection_: LinearProjection

    def __init__(
        self,
        components: Count = 200,
        drop_first: Annotated[int, Ge(0)] = 0,
        whitening: bool = False,
        solver: Literal["auto", "exact", "randomised"] = "auto",
    ) -> None:
        self.components = components
        self.drop_first = drop_first
        self.whitening = whitening
        self.solver = solver

    @property
    def learns_from(self) -> str:
        """The images alone."""
        return "images"

    def fit(self, crops: np.ndarray, labels: np.ndarray | None = None) -> "Eigenfaces":
        """Learn the eigenfaces of (N, S, S, 3) uint8 crops; who they show (``labels``) plays no part.

        Raises UserError if none is left without the first ones.
        """
        pca = fit_pca(grey_rows(crops), self.components + self.drop_first, self.solver)
        if self.drop_first and len(pca.eigenfaces) <= self.drop_first:
            raise UserError(f"eigenfaces: {len(crops)} crops have no more than the first {self.drop_first}")
        self.projection_ = LinearProjection(pca.mean, pca.axes(self.drop_first, float(self.whitening)))
        return self

    @property
    def multiply_adds(self) -> int:
        """How many multiply-adds a crop takes: one for each number of the axes. Raises UserError before fit."""
        self.check_fitted()
        return self.projection_.axes.size

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode (N, S, S, 3) uint8 crops as weights (N, K) float32. Raises UserError before fit."""
        self.check_fitted()
        return self.projection_.encode(crops)


build = or_fitted(Eigenfaces)
