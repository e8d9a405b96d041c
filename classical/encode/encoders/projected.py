"""Another encoder's vectors after projections that learn: PCA, LDA, Joint Bayesian, one after the other.

{ name = "projected", base = "lbp_histogram", projections = ["square_root", "whitened_pca", "joint_bayesian"] }
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eigen2arc.core import model_file
from eigen2arc.core.checks import check_crops, check_shape
from eigen2arc.core.component import Table, as_table, from_table, learns, prefixed, prefixed_shapes, without_prefix
from eigen2arc.core.errors import UserError

from .symmetric import Symmetric

#: Crops whose base vectors are held at once: those of high-dimensional bases are far larger than what becomes of them.
CHUNK = 256


class ProjectionChain:
    """Projections one after the other: each learns from what those before it made of the vectors.

    A projection itself, though no plug-in: it has all that core.stages.Projection asks for.
    """

    def __init__(self, tables: Sequence[Table]) -> None:
        self.steps: list[Any] = [from_table("projection", table) for table in tables]
        self._names = [f"{number}.{table['name']}" for number, table in enumerate(tables)]

    @property
    def matcher(self) -> str | None:
        """What the last step that has a say was made for."""
        named = [step.matcher for step in self.steps if step.matcher is not None]
        return named[-1] if named else None

    @property
    def SHAPES(self) -> dict[str, str]:
        parts = zip(self.steps, self._names, strict=True)
        return {k: v for step, name in parts for k, v in prefixed_shapes(step.SHAPES, name).items()}

    def fit(self, vectors: np.ndarray, labels: np.ndarray) -> "ProjectionChain":
        """Learn from (N, D) float32 vectors of the people ``labels`` (N,)."""
        for number, step in enumerate(self.steps):
            step.fit(vectors, labels)
            if number + 1 < len(self.steps):
                vectors = step.transform(vectors)
        return self

    def transform(self, vectors: np.ndarray) -> np.ndarray:
        """Project vectors (N, D) to (N, K) float32, step by step."""
        for step in self.steps:
            vectors = step.transform(vectors)
        return vectors

    def tensors(self) -> dict[str, np.ndarray]:
        parts = zip(self.steps, self._names, strict=True)
        return {k: v for step, name in parts for k, v in prefixed(step.tensors(), name).items()}

    def restore(self, tensors: dict[str, np.ndarray]) -> "ProjectionChain":
        for step, name in zip(self.steps, self._names, strict=True):
            step.restore(without_prefix(tensors, name))
        return self


class Projected:
    """An encoder, the base, with a chain of projections behind it.

    bases : the base as a table; empty if the base learns, for then it has to be fitted with the projections, from
    crops. size_px_ : side of the crops fitted on; 0 if fitted on vectors, None before fit.
    """

    def __init__(self, base: Table, projections: list[Table], mirrored: bool) -> None:
        self.settings = {"base": base, "projections": projections, "mirrored": mirrored}
        self.mirrored = mirrored
        self.base = from_table("encoder", base)
        self.chain = ProjectionChain(projections)
        self.matcher: str = self.chain.matcher or self.base.matcher
        self.size_px_: int | None = None
        self._base_learns = learns(base)
        table = {"name": "symmetric", "base": base} if mirrored else base
        self.bases: tuple[Table, ...] = () if self._base_learns else (table,)

    def fit(self, crops: np.ndarray, labels: np.ndarray) -> "Projected":
        """Learn from (N, S, S, 3) uint8 crops of the people ``labels`` (N,)."""
        n, size_px = check_crops(crops)
        check_shape(labels, str(n), "labels")
        if self._base_learns:
            both = np.concatenate([crops, crops[:, :, ::-1]]) if self.mirrored else crops
            self.base.fit(both, np.tile(labels, len(both) // n))
        self.fit_vectors([self._base_vectors(crops)], labels)
        self.size_px_ = size_px
        return self

    def fit_vectors(self, vectors: Sequence[np.ndarray], labels: np.ndarray) -> "Projected":
        """Learn from the base's vectors (N, D), the only entry of ``vectors``."""
        self.chain.fit(vectors[0], labels)
        self.size_px_ = 0
        return self

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode (N, S, S, 3) uint8 crops as (N, K) float32. Raises UserError before fit."""
        n, size_px = check_crops(crops)
        fitted_px = self._fitted()
        if fitted_px and size_px != fitted_px:
            raise ValueError(f"crops: fitted on {fitted_px} x {fitted_px} pixels, got {size_px} x {size_px}")
        starts = range(0, max(n, 1), CHUNK)
        return np.concatenate([self.project([self._base_vectors(crops[start : start + CHUNK])]) for start in starts])

    def project(self, vectors: Sequence[np.ndarray]) -> np.ndarray:
        """Project the base's vectors (N, D), the only entry of ``vectors``, to (N, K) float32."""
        self._fitted()
        return self.chain.transform(vectors[0])

    def save(self, path: Path | str) -> None:
        """Write the fitted encoder; ``build(model=path)`` reads it."""
        model_file.save(path, "projected", self.settings, self.tensors())

    @property
    def SHAPES(self) -> dict[str, str]:
        base = prefixed_shapes(self.base.SHAPES, "base") if self._base_learns else {}
        return base | prefixed_shapes(self.chain.SHAPES, "projections") | {"size_px": "1"}

    def tensors(self) -> dict[str, np.ndarray]:
        size_px = np.array([self._fitted()], np.float32)
        base = prefixed(self.base.tensors(), "base") if self._base_learns else {}
        return base | prefixed(self.chain.tensors(), "projections") | {"size_px": size_px}

    def restore(self, tensors: dict[str, np.ndarray]) -> "Projected":
        """Restore the fitted state that tensors() returned."""
        if self._base_learns:
            self.base.restore(without_prefix(tensors, "base"))
        self.chain.restore(without_prefix(tensors, "projections"))
        self.size_px_ = int(tensors["size_px"][0])
        return self

    def _base_vectors(self, crops: np.ndarray) -> np.ndarray:
        encoder = Symmetric(self.base) if self.mirrored else self.base
        vectors: np.ndarray = encoder.encode(crops)
        return vectors

    def _fitted(self) -> int:
        if self.size_px_ is None:
            raise UserError("projected has to be fitted first: call fit, or give a file with the setting model=FILE")
        return self.size_px_


def build(
    *,
    base: str | Table | None = None,
    projections: Sequence[str | Table] = (),
    mirrored: bool = False,
    model: str | Path | None = None,
) -> Projected:
    """Build an encoder with projections behind it.

    base : any encoder, projections : one or more, in order; each by name or as a table of a name and settings.
    mirrored : the base's vectors of a crop and of its mirror image are averaged before the projections.
    model : a file written by ``classical train``; it brings its own settings. Raises UserError.
    """
    if model is None:
        if base is None or isinstance(projections, str | Mapping) or not projections:
            raise UserError("projected needs a base, and a list of one or more projections")
        tables = [as_table(projection, "projected, projections") for projection in projections]
        return Projected(as_table(base, "projected, base"), tables, mirrored)
    settings, tensors = model_file.read(model, "projected")
    encoder = build(**settings)
    model_file.check_tensors(model, tensors, encoder.SHAPES)
    return encoder.restore(tensors)
