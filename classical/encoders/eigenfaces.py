"""Eigenfaces: a face as its weights in the principal components of faces (Turk and Pentland 1991).

The whole grey crop is encoded, as in the paper; omega_k = u_k^T (Gamma - Psi) are the weights.
"""

from pathlib import Path

import numpy as np

from eigen2arc.classical import model_file
from eigen2arc.classical.linear_projection import LinearProjection, grey_rows
from eigen2arc.classical.pca import fit_pca
from eigen2arc.core.errors import UserError


class Eigenfaces:
    """projection_ : LinearProjection onto at most ``components`` eigenfaces; None before fit."""

    matcher = "euclidean"

    def __init__(self, components: int) -> None:
        self.components = components
        self.projection_: LinearProjection | None = None

    def fit(self, crops: np.ndarray, labels: np.ndarray) -> "Eigenfaces":
        """Learn the eigenfaces of (N, S, S, 3) uint8 crops; who they show (``labels``) plays no part."""
        pca = fit_pca(grey_rows(crops), self.components)
        self.projection_ = LinearProjection(pca.mean, pca.eigenfaces)
        return self

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """(N, S, S, 3) uint8 crops to weights (N, K) float32. Raises UserError before fit."""
        return self._fitted().encode(crops)

    def save(self, path: Path | str) -> None:
        """Write the fitted encoder; ``build(model=path)`` reads it."""
        model_file.save(path, "eigenfaces", {"components": self.components}, self._fitted().tensors())

    def _fitted(self) -> LinearProjection:
        if self.projection_ is None:
            raise UserError("eigenfaces have to be fitted first: call fit, or give a file with the setting model=FILE")
        return self.projection_


def build(*, components: int = 200, model: str | Path | None = None) -> Eigenfaces:
    """components : how many eigenfaces. model : a file written by ``classical train``; it brings its own components."""
    if model is None:
        if components < 1:
            raise UserError(f"eigenfaces: components must be at least 1, got {components}")
        return Eigenfaces(components)
    settings, tensors = model_file.load(model, "eigenfaces", LinearProjection.SHAPES)
    encoder = Eigenfaces(**settings)
    encoder.projection_ = LinearProjection(**tensors)
    return encoder
