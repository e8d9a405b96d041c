"""Another encoder's vectors after projections that learn: PCA, LDA, Joint Bayesian, one after the other.

{ name = "projected", base = "lbp_histogram", projections = ["square_root", "whitened_pca", "joint_bayesian"] }
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from eigen2arc.classical.estimators.base import load, most_telling
from eigen2arc.classical.estimators.composed import ComposedImageEncoder, Encode, encode_by
from eigen2arc.core.bounds import PluginTable
from eigen2arc.core.checks import check_crops
from eigen2arc.core.component import Component, prefixed, prefixed_shapes, without_prefix
from eigen2arc.core.errors import UserError


class ProjectionChain:
    """Projections one after the other: each learns from what those before it made of the vectors.

    A projection itself, though no plug-in: it has all that core.stages.Projection asks for.
    """

    def __init__(self, projections: Sequence[Component]) -> None:
        self.steps: list[Any] = [one.fresh() for one in projections]
        self._names = [f"{number}.{one.name}." for number, one in enumerate(projections)]

    @property
    def matcher(self) -> str | None:
        """What the last step that has a say was made for."""
        named = [step.matcher for step in self.steps if step.matcher is not None]
        return named[-1] if named else None

    @property
    def SHAPES(self) -> dict[str, str]:
        parts = zip(self.steps, self._names, strict=True)
        return {k: v for step, name in parts for k, v in prefixed_shapes(step.SHAPES, name).items()}

    @property
    def learns_from(self) -> str:
        """What the steps make use of."""
        return most_telling(step.learns_from for step in self.steps)

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


class Projected(ComposedImageEncoder):
    """An encoder, the base, with a chain of projections behind it.

    size_px_ : side of the crops fitted on; 0 if fitted on vectors.
    """

    PREFIX = "base."
    size_px_: int

    def __init__(self, base: Component, projections: Sequence[Component], mirrored: bool) -> None:
        self.base = base
        self.projections = projections
        self.mirrored = mirrored

    def children(self) -> tuple[Component, ...]:
        """Return the base, or the mean of its vectors of both mirror images."""
        return (Component("encoder", "symmetric", {"base": self.base.table()}) if self.mirrored else self.base,)

    @cached_property
    def chain(self) -> ProjectionChain:
        return ProjectionChain(self.projections)

    @property
    def learns_from(self) -> str:
        """What the base and the projections make use of."""
        return most_telling([super().learns_from, self.chain.learns_from])

    @property
    def matcher(self) -> str:
        return self.chain.matcher or str(self.encoders[0].matcher)

    def fit(self, crops: np.ndarray, labels: np.ndarray, encode: Encode = encode_by) -> "Projected":
        """Fit the base if it learns, and the projections, on (N, S, S, 3) uint8 crops of the people ``labels`` (N,)."""
        super().fit(crops, labels, encode)
        self.size_px_ = crops.shape[1]
        return self

    def fit_vectors(self, vectors: Sequence[np.ndarray], labels: np.ndarray) -> "Projected":
        """Learn from the base's vectors (N, D), the only entry of ``vectors``."""
        self.chain.fit(vectors[0], labels)
        self.size_px_ = 0
        return self

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode (N, S, S, 3) uint8 crops as (N, K) float32. Raises UserError before fit."""
        self.check_fitted()
        _, size_px = check_crops(crops)
        if self.size_px_ and size_px != self.size_px_:
            raise ValueError(f"crops: fitted on {self.size_px_} x {self.size_px_} pixels, got {size_px} x {size_px}")
        return super().encode(crops)

    def combine(self, vectors: Sequence[np.ndarray]) -> np.ndarray:
        """Project the base's vectors (N, D), the only entry of ``vectors``, to (N, K) float32."""
        self.check_fitted()
        return self.chain.transform(vectors[0])

    @property
    def SHAPES(self) -> dict[str, str]:
        return super().SHAPES | prefixed_shapes(self.chain.SHAPES, "projections.") | {"size_px": "1"}

    def tensors(self) -> dict[str, np.ndarray]:
        own = prefixed(self.chain.tensors(), "projections.") | {"size_px": np.array([self.size_px_], np.float32)}
        return super().tensors() | own

    def restore(self, tensors: dict[str, np.ndarray]) -> "Projected":
        """Restore the fitted state that tensors() returned."""
        super().restore(tensors)
        self.chain.restore(without_prefix(tensors, "projections."))
        self.size_px_ = int(tensors["size_px"][0])
        return self


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
    if model is not None:
        return load(model, build)
    if base is None or not projections:
        raise UserError("projected needs a base, and a list of one or more projections")
    chain = [Component.parse("projection", projection, "projected, projections") for projection in projections]
    encoder = Projected(Component.parse("encoder", base, "projected, base"), chain, mirrored)
    for part in ("encoders", "chain"):
        getattr(encoder, part)  # one that cannot be built is refused here, not at its first use
    return encoder
