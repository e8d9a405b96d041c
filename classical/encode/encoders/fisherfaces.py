"""Fisherfaces: axes that separate identities, not those of the largest variance (Belhumeur et al. 1997).

W_opt^T = W_fld^T W_pca^T, their eq. (5): PCA takes the N images of c people to at most N - c dimensions, where the
scatter within people is no longer singular, and Fisher's linear discriminant takes them to at most c - 1.

With all N - c dimensions that scatter is as good as singular, though: along its narrowest axes the images of a person
lie together by chance, and the discriminant, which divides by the width, takes just these. So by default the scatter is
shrunk by the share that Ledoit and Wolf compute from the images themselves, which is small where there are many of
them; shrinkage = 0 is the paper's.
"""

from typing import Literal

import numpy as np

from eigen2arc.classical.estimators.base import ImageEncoder, or_fitted
from eigen2arc.classical.linear.lda import fit_lda
from eigen2arc.classical.linear.pca import fit_pca
from eigen2arc.classical.linear.projection import LinearProjection, grey_rows
from eigen2arc.core.bounds import Count, Share
from eigen2arc.core.checks import check_shape
from eigen2arc.core.errors import UserError


class Fisherfaces(ImageEncoder):
    """The encoder of Fisherfaces.

    projection_ : LinearProjection onto the discriminant axes.

    components : how many axes, None for as many as there are (c - 1). max_pca_components : the PCA keeps N - c
    dimensions as in the paper, but never more than these. With thousands of people of whom most have one image, N - c
    would keep axes that hold noise only, and the discriminant divides by it. shrinkage : how far the scatter within
    people is drawn towards a ball, 0 in the paper; "auto" is the share of Ledoit and Wolf, see linear/shrinkage.py.
    """

    matcher = "cosine"
    projection_: LinearProjection

    def __init__(
        self,
        components: Count | None = None,
        max_pca_components: Count = 200,
        shrinkage: Share | Literal["auto"] = "auto",
    ) -> None:
        self.components = components
        self.max_pca_components = max_pca_components
        self.shrinkage = shrinkage

    def fit(self, crops: np.ndarray, labels: np.ndarray) -> "Fisherfaces":
        """Learn from (N, S, S, 3) uint8 crops of the people ``labels`` (N,).

        Raises UserError if there are fewer than two people, or none has more than one image.
        """
        rows = grey_rows(crops)
        check_shape(labels, str(len(rows)), "labels")
        # A copy of an image adds nothing to the scatter within its person: N counts different images.
        different = {(label, row.tobytes()) for label, row in zip(labels.tolist(), rows, strict=True)}
        repeats = len(different) - len(np.unique(labels))
        if repeats < 1:
            raise UserError("fisherfaces learn from people with two or more images, and nobody has")
        pca = fit_pca(rows, min(repeats, self.max_pca_components))
        weights = LinearProjection(pca.mean, pca.eigenfaces).encode(crops)
        w_fld = fit_lda(weights, labels, self.components, self.shrinkage)
        self.projection_ = LinearProjection(pca.mean, w_fld.astype(np.float32) @ pca.eigenfaces)
        return self

    @property
    def multiply_adds(self) -> int:
        """How many multiply-adds a crop takes: one for each number of the axes. Raises UserError before fit."""
        self.check_fitted()
        return self.projection_.axes.size

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode (N, S, S, 3) uint8 crops as (N, K) float32, K at most c - 1. Raises UserError before fit."""
        self.check_fitted()
        return self.projection_.encode(crops)


build = or_fitted(Fisherfaces)
