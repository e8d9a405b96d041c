"""Fisher's linear discriminant: axes that separate identities, relative to the scatter within each.

P. Belhumeur, J. Hespanha, D. Kriegman, PAMI 19(7), 1997, section 2.4; see classical/linear/lda.py. Put whitened_pca
before it: the scatter within people has to be computed, and inverted.
"""

from typing import Literal

import numpy as np

from eigen2arc.classical.estimators.base import VectorProjection
from eigen2arc.classical.linear.lda import fit_lda
from eigen2arc.classical.linear.projection import LinearProjection
from eigen2arc.core.bounds import Count, Share
from eigen2arc.core.checks import check_shape


class LDA(VectorProjection):
    """The projection of Fisher's linear discriminant.

    projection_ : LinearProjection onto the discriminant axes.

    components : how many axes, None for as many as there are (people - 1). shrinkage : how far the scatter within
    people is drawn towards a ball, 0 in the paper; "auto" is the share of Ledoit and Wolf.
    """

    matcher = "cosine"
    projection_: LinearProjection

    def __init__(
        self,
        components: Count | None = None,
        shrinkage: Share | Literal["auto"] = 0.0,
    ) -> None:
        self.components = components
        self.shrinkage = shrinkage

    def fit(self, vectors: np.ndarray, labels: np.ndarray) -> "LDA":
        """Learn from (N, D) vectors of the people ``labels`` (N,).

        People with one vector help to say how people differ. Raises UserError for one person only, and where the
        scatter within people stays singular.
        """
        vectors, labels = self.training_vectors(vectors), np.asarray(labels)
        check_shape(labels, str(len(vectors)), "labels")
        axes = fit_lda(vectors, labels, self.components, self.shrinkage)
        mean = vectors.mean(axis=0, dtype=np.float64)
        self.projection_ = LinearProjection(mean.astype(np.float32), axes.astype(np.float32))
        return self

    def transform(self, vectors: np.ndarray) -> np.ndarray:
        """Project vectors (N, D) to (N, K) float32, K at most people - 1; variance 1 within people.

        Raises UserError before fit.
        """
        vectors = self.new_vectors(vectors)
        return self.projection_.transform(vectors)


build = LDA
