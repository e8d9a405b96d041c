"""Another encoder's vectors after projections that learn: PCA, LDA, Joint Bayesian, one after the other.

{ name = "projected", base = "lbp_histogram", projections = ["square_root", "whitened_pca", "joint_bayesian"] }
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from eigen2arc.classical.estimators.base import ImageEncoder, load
from eigen2arc.core.bounds import PluginTable
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


class Projected(ImageEncoder):
    """An encoder, the base, with a chain of projections behind it.

    base, projections : as tables. size_px_ : side of the crops fitted on; 0 if fitted on vectors.
    """

    size_px_: int

    def __init__(self, base: Table, projections: Sequence[Table], mirrored: bool) -> None:
        self.base = base
        self.projections = projections
        self.mirrored = mirrored

    @cached_property
    def encoder(self) -> Any:
        """The base itself."""
        return from_table("encoder", self.base)

    @cached_property
    def chain(self) -> ProjectionChain:
        return ProjectionChain(self.projections)

    @property
    def matcher(self) -> str:
        return self.chain.matcher or str(self.encoder.matcher)

    @property
    def bases(self) -> tuple[Table, ...]:
        """The base; empty if it learns, for then it has to be fitted with the projections, from crops."""
        table = {"name": "symmetric", "base": self.base} if self.mirrored else self.base
        return () if learns(self.base) else (table,)

    def fit(self, crops: np.ndarray, labels: np.ndarray) -> "Projected":
        """Learn from (N, S, S, 3) uint8 crops of the people ``labels`` (N,)."""
        n, size_px = check_crops(crops)
        check_shape(labels, str(n), "labels")
        if not self.bases:
            both = np.concatenate([crops, crops[:, :, ::-1]]) if self.mirrored else crops
            self.encoder.fit(both, np.tile(labels, len(both) // n))
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
        self.check_fitted()
        if self.size_px_ and size_px != self.size_px_:
            raise ValueError(f"crops: fitted on {self.size_px_} x {self.size_px_} pixels, got {size_px} x {size_px}")
        starts = range(0, max(n, 1), CHUNK)
        return np.concatenate([self.project([self._base_vectors(crops[start : start + CHUNK])]) for start in starts])

    def project(self, vectors: Sequence[np.ndarray]) -> np.ndarray:
        """Project the base's vectors (N, D), the only entry of ``vectors``, to (N, K) float32."""
        self.check_fitted()
        return self.chain.transform(vectors[0])

    @property
    def SHAPES(self) -> dict[str, str]:
        base = {} if self.bases else prefixed_shapes(self.encoder.SHAPES, "base")
        return base | prefixed_shapes(self.chain.SHAPES, "projections") | {"size_px": "1"}

    def tensors(self) -> dict[str, np.ndarray]:
        self.check_fitted()
        size_px = np.array([self.size_px_], np.float32)
        base = {} if self.bases else prefixed(self.encoder.tensors(), "base")
        return base | prefixed(self.chain.tensors(), "projections") | {"size_px": size_px}

    def restore(self, tensors: dict[str, np.ndarray]) -> "Projected":
        """Restore the fitted state that tensors() returned."""
        if not self.bases:
            self.encoder.restore(without_prefix(tensors, "base"))
        self.chain.restore(without_prefix(tensors, "projections"))
        self.size_px_ = int(tensors["size_px"][0])
        return self

    def _base_vectors(self, crops: np.ndarray) -> np.ndarray:
        encoder = Symmetric(self.encoder) if self.mirrored else self.encoder
        vectors: np.ndarray = encoder.encode(crops)
        return vectors


def build(
    *,
    base: PluginTable | None = None,
    projections: Sequence[PluginTable] = (),
    mirrored: bool = False,
    model: str | Path | None = None,
) -> Projected:
    """Build an encoder with projections behind it.

    base : any encoder, by name or as a table of a name and settings. projections : one or more, in order, as base.
    mirrored : the base's vectors of a crop and of its mirror image are averaged before the projections. Raises
    UserError for parts that cannot be built.
    """
    if model is None:
        if base is None or not projections:
            raise UserError("projected needs a base, and a list of one or more projections")
        tables = [as_table(projection, "projected, projections") for projection in projections]
        encoder = Projected(as_table(base, "projected, base"), tables, mirrored)
        for component in ("encoder", "chain"):
            getattr(encoder, component)  # one that cannot be built is refused here, not at its first use
        return encoder
    return load(model, build)
