"""What the stages give for a whole data set: crops, some of them chosen, and their vectors."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from eigen2arc.core.artefacts import digest
from eigen2arc.core.types import Status


@dataclass(frozen=True)
class Crops:
    """One face per image: crops (N, S, S, 3) uint8, status (N,), where they came from, and how long it took."""

    crops: np.ndarray
    status: np.ndarray
    sha256: str
    detect_seconds: float
    align_seconds: float
    preprocess_seconds: float = 0.0

    @property
    def skipped(self) -> np.ndarray:
        """(N,) bool, the images that are left out: not learned from, and never taken for anybody."""
        return np.asarray(self.status == Status.SKIPPED)


@dataclass(frozen=True)
class Selection:
    """Some of a set's crops by their indices (M,), ascending, with labels (M,) if they are to be learned from."""

    whole: Crops
    indices: np.ndarray
    labels: np.ndarray | None = None

    def of(self, rows: np.ndarray) -> np.ndarray:
        """Return the selected ones of N rows, one a crop; the very same array where all are selected."""
        return rows if len(self.indices) == len(rows) else rows[self.indices]

    @property
    def name(self) -> str:
        """A digest that says which crops these are; made of the whole set's hash, so no pixel is read for it."""
        return digest(self.whole.sha256, self.indices, self.labels)


@dataclass(frozen=True)
class Encoded:
    """Vectors (M, D) float32 of the crops with the indices (M,), ascending; the artefacts' names and their seconds.

    bases : by its name the seconds of each encoder that learned nothing and gave the vectors that this one, or one that
    it is made of, learned from.
    """

    vectors: np.ndarray
    indices: np.ndarray
    name: str
    seconds: float
    fit_name: str = ""
    fit_seconds: float = 0.0
    bases: Mapping[str, float] = field(default_factory=dict)

    def of(self, images: np.ndarray) -> np.ndarray:
        """Return the vectors of images by their indices, which are among ``indices``."""
        rows: np.ndarray = self.vectors[np.searchsorted(self.indices, images)]
        return rows
