"""The four stages as protocols: a plug-in inherits from nothing, it only has these methods."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from eigen2arc.core.types import Faces


@runtime_checkable
class Detector(Protocol):
    """Finds faces. An image without one gives a Faces of length 0, never None."""

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
class Matcher(Protocol):
    """Compares vectors. Higher is always more alike: a distance is negated where it is born."""

    def score(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """(N, D) and (M, D) to (N, M) float32: every row of a with every row of b."""
        ...

    def score_pairs(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """(P, D) and (P, D) to (P,) float32: row by row."""
        ...
