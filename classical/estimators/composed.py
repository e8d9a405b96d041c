"""The bases of encoders that are made of others."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from eigen2arc.core.checks import check_crops, check_shape
from eigen2arc.core.component import Component, prefixed, prefixed_shapes, without_prefix

from .base import ImageEncoder, most_telling

#: Crops whose children's vectors are held at once: they may be far larger than what becomes of them.
CHUNK = 256


#: Encodes crops by a child of a composed encoder, given with its Component.
Encode = Callable[[Component, Any, np.ndarray], np.ndarray]


def encode_by(child: Component, encoder: Any, crops: np.ndarray) -> np.ndarray:
    """Encode the crops (N, S, S, 3) by a child of a composed encoder as (N, D) float32."""
    vectors: np.ndarray = encoder.encode(crops)
    return vectors


class WrappingEncoder(ImageEncoder):
    """An encoder made of others, whose tensors lie in its file, each under its PREFIX, where they learn."""

    PREFIX: ClassVar[str]

    @abstractmethod
    def children(self) -> tuple[Component, ...]:
        """Return the encoders that it is made of."""

    @cached_property
    def encoders(self) -> list[Any]:
        """The children themselves."""
        return [child.fresh() for child in self.children()]

    @property
    def learns_from(self) -> str:
        """What the children that learn make use of."""
        return most_telling(encoder.learns_from for _, encoder in self._learners)

    @property
    def trained_with(self) -> str:
        """What it or its children were trained with elsewhere; a child that says nothing is unknown."""
        declared = (getattr(encoder, "trained_with", "unknown") for encoder in self.encoders)
        return most_telling([super().trained_with, *declared])

    @property
    def _learners(self) -> list[tuple[str, Any]]:
        """The children that learn, each with its prefix."""
        numbered = enumerate(zip(self.children(), self.encoders, strict=True))
        return [(self.PREFIX.format(number=i, name=c.name), encoder) for i, (c, encoder) in numbered if c.learns]

    @property
    def SHAPES(self) -> dict[str, str]:
        """The tensors of the children that learn."""
        return {k: v for name, one in self._learners for k, v in prefixed_shapes(one.SHAPES, name).items()}

    def tensors(self) -> dict[str, np.ndarray]:
        """Return what the children learned. Raises UserError before fit."""
        self.check_fitted()
        return {k: v for name, one in self._learners for k, v in prefixed(one.tensors(), name).items()}

    def restore(self, tensors: dict[str, np.ndarray]) -> Self:
        """Restore the children from what tensors() returned; returns self."""
        for name, one in self._learners:
            one.restore(without_prefix(tensors, name))
        return self


class ComposedImageEncoder(WrappingEncoder):
    """An encoder that learns from the vectors of its children, see core.component.ComposedEncoder."""

    @abstractmethod
    def fit_vectors(self, vectors: Sequence[np.ndarray], labels: np.ndarray) -> Self:
        """Learn from the vectors (M, D_i) float32 of each child, of the people ``labels`` (M,); returns self."""

    @abstractmethod
    def combine(self, vectors: Sequence[np.ndarray]) -> np.ndarray:
        """Combine the vectors (N, D_i) float32 of each child to (N, K) float32."""

    def sample(self, images: int) -> np.ndarray:
        """Choose the training images that fit_vectors() needs: all of them, (N,) int64."""
        return np.arange(images)

    def fit(self, crops: np.ndarray, labels: np.ndarray, encode: Encode = encode_by) -> Self:
        """Fit the children that learn on (N, S, S, 3) uint8 crops of the people ``labels`` (N,), then fit_vectors.

        encode : what encodes the crops by a child, here and in the children; it may cache their vectors.
        """
        n, _ = check_crops(crops)
        check_shape(labels, str(n), "labels")
        for child, encoder in zip(self.children(), self.encoders, strict=True):
            if child.learns:
                encoder.fit(crops, labels, *((encode,) if isinstance(encoder, ComposedImageEncoder) else ()))
        rows = self.sample(n)
        seen = crops if len(rows) == n else crops[rows]
        vectors = [encode(child, one, seen) for child, one in zip(self.children(), self.encoders, strict=True)]
        return self.fit_vectors(vectors, labels[rows])

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode (N, S, S, 3) uint8 crops as (N, K) float32. Raises UserError before fit."""
        n, _ = check_crops(crops)
        self.check_fitted()
        chunks = [crops[start : start + CHUNK] for start in range(0, max(n, 1), CHUNK)]
        return np.concatenate([self.combine([one.encode(chunk) for one in self.encoders]) for chunk in chunks])
