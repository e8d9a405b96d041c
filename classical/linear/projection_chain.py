"""Projections one after the other: each learns from what those before it made of the vectors."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from eigen2arc.core.component import Table, from_table, prefixed, prefixed_shapes, without_prefix


class ProjectionChain:
    """A projection itself, though no plug-in: it has all that core.stages.Projection asks for."""

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
        """(N, D) to (N, K) float32."""
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
