"""The four stages as protocols: a plug-in inherits from nothing, it only has these methods."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from .types import Faces


@runtime_checkable
class Detector(Protocol):
    """Finds faces. An image without one gives a Faces of length 0, never None.

    One that scales images says to what size in an attribute ``test_scale``, words that stand beside its figures.
    """

    def detect(self, images: Sequence[np.ndarray]) -> list[Faces]:
        """One Faces per image (uint8 RGB, sizes may differ), best face first."""
        ...


@runtime_checkable
class Aligner(Protocol):
    """Cuts faces out of an image, upright and in one size."""

    size_px: int

    def align(self, image: np.ndarray, faces: Faces) -> np.ndarray:
        """(N, S, S, 3) uint8 RGB crops, one per face, S = size_px."""
        ...


@runtime_checkable
class Encoder(Protocol):
    """Turns crops into vectors. ``matcher`` names the plug-in of compare/matchers that the vectors were made for."""

    matcher: str

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """(N, S, S, 3) uint8 RGB crops to (N, D) float32 vectors. Row i depends on crop i only."""
        ...


@runtime_checkable
class FittedEncoder(Encoder, Protocol):
    """An encoder that learns from labelled crops before it can encode; what it learned ends in ``_``."""

    def fit(self, crops: np.ndarray, labels: np.ndarray) -> "FittedEncoder":
        """Learn from (N, S, S, 3) uint8 crops of the people ``labels`` (N,) int64; returns self."""
        ...


@runtime_checkable
class StagedEncoder(FittedEncoder, Protocol):
    """An encoder that learns from the vectors of other encoders that learn nothing themselves.

    encode(crops) is project([base.encode(crops) for each base]), and fit(crops, labels) likewise fit_vectors. Who
    fits it many times on parts of the same crops computes the bases' vectors once.
    """

    #: The base encoders as a suite names them: {"name": ..., and settings}. None of them where a base learns, too: then
    #: it is fitted from crops like any other.
    bases: tuple[dict[str, Any], ...]

    def fit_vectors(self, vectors: Sequence[np.ndarray], labels: np.ndarray) -> "StagedEncoder":
        """Learn from one (N, D_i) float32 per base, of the people ``labels`` (N,) int64; returns self."""
        ...

    def project(self, vectors: Sequence[np.ndarray]) -> np.ndarray:
        """One (N, D_i) float32 per base to (N, K) float32."""
        ...


@runtime_checkable
class FusedEncoder(FittedEncoder, Protocol):
    """An encoder made of members that learn each by itself, and are then weighed against each other.

    fit(crops, labels) fits every member, encodes the crops sample(N) with each, and calls weigh. Who has fitted a
    member already hands it over with take instead.
    """

    #: The members as a suite names them: {"name": ..., and settings}.
    tables: tuple[dict[str, Any], ...]

    def take(self, fitted: Sequence[Encoder]) -> "FusedEncoder":
        """Use these encoders, one per member and fitted where they learn; returns self."""
        ...

    def sample(self, images: int) -> np.ndarray:
        """(M,) int64, ascending: the numbers of those of the training images that weigh looks at."""
        ...

    def weigh(self, vectors: Sequence[np.ndarray], labels: np.ndarray) -> "FusedEncoder":
        """Learn the members' weights from one (M, D_i) float32 per member, of the people ``labels`` (M,)."""
        ...


@runtime_checkable
class Preprocessing(Protocol):
    """A step between align and encode that makes crops easier to compare."""

    def apply(self, crops: np.ndarray) -> np.ndarray:
        """(N, S, S, 3) uint8 RGB to the same shape. Crop i depends on crop i only; a grey crop stays grey."""
        ...


@runtime_checkable
class Projection(Protocol):
    """Vectors to vectors, learned from labelled vectors. ``matcher`` names the plug-in that the result is made for;
    None if that stays what it was for the vectors that came in."""

    matcher: str | None

    def fit(self, vectors: np.ndarray, labels: np.ndarray) -> "Projection":
        """Learn from (N, D) float32 of the people ``labels`` (N,) int64; returns self."""
        ...

    def transform(self, vectors: np.ndarray) -> np.ndarray:
        """(N, D) to (N, K) float32. Row i depends on row i only."""
        ...

    def tensors(self) -> dict[str, np.ndarray]:
        """What was learned, float32 arrays by name; empty for one that learns nothing."""
        ...

    def restore(self, tensors: dict[str, np.ndarray]) -> "Projection":
        """Take over what ``tensors`` of a fitted one gave; returns self."""
        ...


@runtime_checkable
class Identifier(Protocol):
    """Closed-set identification: which of the people that it was fitted on is this?"""

    def fit(self, vectors: np.ndarray, labels: np.ndarray) -> "Identifier":
        """Learn from (N, D) float32 vectors of the people ``labels`` (N,) int64; returns self."""
        ...

    def score(self, vectors: np.ndarray) -> np.ndarray:
        """(M, D) to (M, C) float32, one column a person in order of their labels; higher is likelier."""
        ...


@runtime_checkable
class Matcher(Protocol):
    """Compares vectors. Higher is always more alike: a distance is negated where it is born."""

    def score(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """(N, D) and (M, D) to (N, M) float32: every row of a with every row of b."""
        ...

    def score_pairs(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """(P, D) and (P, D) to (P,) float32: row by row."""
        ...


@runtime_checkable
class FittedMatcher(Matcher, Protocol):
    """A matcher that learns from pairs, same person or not, before it can score."""

    def fit(self, a: np.ndarray, b: np.ndarray, same: np.ndarray) -> "FittedMatcher":
        """Learn from pairs of vectors (P, D) and (P, D), same (P,) bool; returns self."""
        ...
