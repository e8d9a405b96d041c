"""Eigenfaces: a face as its weights in the principal components of faces (Turk and Pentland 1991).

The whole grey crop is encoded, as in the paper; omega_k = u_k^T (Gamma - Psi) are the weights. P. Belhumeur et al.
(PAMI 19(7), 1997) leave out the first three, which they find to hold the light.
"""

from pathlib import Path
from typing import ClassVar

import numpy as np

from eigen2arc.classical.linear.pca import check_solver, fit_pca
from eigen2arc.classical.linear.projection import LinearProjection, grey_rows
from eigen2arc.core import model_file
from eigen2arc.core.errors import UserError


class Eigenfaces:
    """The encoder of eigenfaces.

    projection_ : LinearProjection onto at most ``components`` eigenfaces; None before fit.
    """

    matcher = "euclidean"
    SHAPES: ClassVar[dict[str, str]] = LinearProjection.SHAPES

    def __init__(self, components: int, drop_first: int, whitening: bool, solver: str) -> None:
        self.components = components
        self.drop_first = drop_first
        self.whitening = whitening
        self.solver = solver
        self.projection_: LinearProjection | None = None

    def fit(self, crops: np.ndarray, labels: np.ndarray) -> "Eigenfaces":
        """Learn the eigenfaces of (N, S, S, 3) uint8 crops; who they show (``labels``) plays no part.

        Raises UserError if none is left without the first ones.
        """
        pca = fit_pca(grey_rows(crops), self.components + self.drop_first, self.solver)
        if self.drop_first and len(pca.eigenfaces) <= self.drop_first:
            raise UserError(f"eigenfaces: {len(crops)} crops have no more than the first {self.drop_first}")
        self.projection_ = LinearProjection(pca.mean, pca.axes(self.drop_first, float(self.whitening)))
        return self

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode (N, S, S, 3) uint8 crops as weights (N, K) float32. Raises UserError before fit."""
        return self._fitted().encode(crops)

    def save(self, path: Path | str) -> None:
        """Write the fitted encoder; ``build(model=path)`` reads it."""
        settings = {name: getattr(self, name) for name in ("components", "drop_first", "whitening", "solver")}
        model_file.save(path, "eigenfaces", settings, self.tensors())

    def tensors(self) -> dict[str, np.ndarray]:
        return self._fitted().tensors()

    def restore(self, tensors: dict[str, np.ndarray]) -> "Eigenfaces":
        """Restore the fitted state that tensors() returned."""
        self.projection_ = LinearProjection(**tensors)
        return self

    def _fitted(self) -> LinearProjection:
        if self.projection_ is None:
            raise UserError("eigenfaces have to be fitted first: call fit, or give a file with the setting model=FILE")
        return self.projection_


def build(
    *,
    components: int = 200,
    drop_first: int = 0,
    whitening: bool = False,
    solver: str = "auto",
    model: str | Path | None = None,
) -> Eigenfaces:
    """Build the encoder of eigenfaces.

    components : how many eigenfaces. drop_first : how many of the leading ones are left out before those. whitening :
    each weight is divided by its standard deviation. solver : "exact", "randomised", or "auto" by size. model : a file
    written by ``classical train``; it brings its own settings. Raises UserError.
    """
    if model is None:
        if components < 1 or drop_first < 0:
            raise UserError(
                f"eigenfaces: components must be at least 1, got {components}, and drop_first at least 0, "
                f"got {drop_first}"
            )
        check_solver(solver, "eigenfaces")
        return Eigenfaces(components, drop_first, whitening, solver)
    settings, tensors = model_file.load(model, "eigenfaces", Eigenfaces.SHAPES)
    return build(**settings).restore(tensors)
