"""The types that all rooms share. Every container is frozen and checked when it is made.

Conventions: images are uint8 RGB (H, W, 3). Boxes are x1 y1 x2 y2 in pixels, right and bottom exclusive. Points are
x y in pixels in the order left eye, right eye, nose, left mouth corner, right mouth corner, left and right as seen in
the image. A score is higher the better, or the more alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

import numpy as np

from .checks import check_finite, check_shape

#: What an image is in one round of an identification protocol, see Dataset.splits.
UNUSED, GALLERY, PROBE = -1, 0, 1

LANDMARK_NAMES = ("left eye", "right eye", "nose", "left mouth corner", "right mouth corner")


def _column(array: object, dtype: type, pattern: str, name: str) -> np.ndarray:
    """A read-only copy of the wanted type and shape."""
    column: np.ndarray = np.array(array, dtype=dtype)
    check_shape(column, pattern, name)
    column.setflags(write=False)
    return column


@dataclass(frozen=True)
class Faces:
    """The N faces of one image, found or annotated, best first; indexing selects rows.

    boxes : (N, 4) float32, x1 y1 x2 y2 in pixels, x2 >= x1 and y2 >= y1. They may reach over the image's border.
    scores : (N,) float32, higher is surer; comparable within one detector only. Of an annotated face: 1, or 0 if
        it is to be ignored, neither learned from nor hit nor miss.
    landmarks : (N, 5, 2) float32 x y in pixels, in the order of LANDMARK_NAMES, or None. A point that a detector
        does not know is NaN.
    """

    boxes: np.ndarray
    scores: np.ndarray
    landmarks: np.ndarray | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "boxes", _column(self.boxes, np.float32, "N 4", "Faces.boxes"))
        n = len(self.boxes)
        object.__setattr__(self, "scores", _column(self.scores, np.float32, str(n), "Faces.scores"))
        check_finite(self.boxes, "Faces.boxes")
        if (self.boxes[:, 2:] < self.boxes[:, :2]).any():
            raise ValueError("Faces.boxes: expected x1 y1 x2 y2 with x2 >= x1 and y2 >= y1")
        if self.landmarks is not None:
            points = _column(self.landmarks, np.float32, f"{n} 5 2", "Faces.landmarks")
            object.__setattr__(self, "landmarks", points)

    def __len__(self) -> int:
        return len(self.boxes)

    def __getitem__(self, index: slice | np.ndarray | list[int]) -> "Faces":
        """The chosen rows (slice, mask or list of numbers), in that order."""
        landmarks = None if self.landmarks is None else self.landmarks[index]
        return Faces(self.boxes[index], self.scores[index], landmarks)

    @property
    def counted(self) -> "Faces":
        """Annotated faces without those to be ignored."""
        return self[self.scores > 0]

    @classmethod
    def none(cls) -> "Faces":
        """Return no face: what a detector returns for an image without one."""
        return cls(np.zeros((0, 4)), np.zeros(0), np.zeros((0, 5, 2)))


class Images(Protocol):
    """A sequence of images that are read, or drawn, when they are asked for: images[i] is uint8 RGB (H, W, 3).

    names : one per image, unique, the same on every machine (a path below the data set's folder, never absolute).
    version : hex digest of the content, or of the recipe that draws it; artefacts are named after it.
    """

    @property
    def names(self) -> Sequence[str]: ...

    @property
    def version(self) -> str: ...

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> np.ndarray: ...


@dataclass(frozen=True)
class Trials:
    """The trials of a verification protocol: P pairs of images, by their numbers in the data set.

    first, second : (P,) int64, the images. same : (P,) bool, whether they show one person. fold : (P,) int64, 0 where
    the protocol has no folds.
    """

    first: np.ndarray
    second: np.ndarray
    same: np.ndarray
    fold: np.ndarray

    def __post_init__(self) -> None:
        object.__setattr__(self, "first", _column(self.first, np.int64, "P", "Trials.first"))
        p = str(len(self.first))
        object.__setattr__(self, "second", _column(self.second, np.int64, p, "Trials.second"))
        object.__setattr__(self, "same", _column(self.same, np.bool_, p, "Trials.same"))
        object.__setattr__(self, "fold", _column(self.fold, np.int64, p, "Trials.fold"))

    def __len__(self) -> int:
        return len(self.first)

    def __getitem__(self, index: np.ndarray) -> "Trials":
        """The chosen pairs (mask or indices), in that order."""
        return Trials(self.first[index], self.second[index], self.same[index], self.fold[index])


@dataclass(frozen=True)
class Dataset:
    """A data set as its reader returns it: images, and what is known of them.

    All parts speak of the same images, by number, so that detections and crops are shared.

    name : of the reader. images : the images, N of them.
    people : names; labels : (N,) int64 into people, -1 unknown; None where the set does not say who is who.
    faces : N annotated Faces, or None; an image's entry may hold several faces (scenes).
    trials : the verification protocol, or None.
    fold : (N,) int64 fold of each image in a detection or recognition protocol, or None.
    splits : (R, N) int64, an identification protocol of R rounds: in round r image n is GALLERY (may be
        learned from), PROBE or UNUSED; every round has some of the first two. None where the set is in no such parts.
    factors : nuisance factors by name, each (N,) float32, NaN where one does not apply.
    groups : groupings of the images by name, such as "light", each N names of groups, "" for none.
    sweeps : the factors that are varied one at a time, if that is what the set is for; then factors["swept"] says by
        its number which one is varied in an image, and factors["level"] how far.
    protocol : one line that is printed beside every metric. notes : what else a reader of the metrics has to know.
    """

    name: str
    images: Images
    people: tuple[str, ...] = ()
    labels: np.ndarray | None = None
    faces: Sequence[Faces] | None = None
    trials: Trials | None = None
    fold: np.ndarray | None = None
    splits: np.ndarray | None = None
    factors: Mapping[str, np.ndarray] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sweeps: tuple[str, ...] = ()
    protocol: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n = str(len(self.images))
        if self.labels is not None:
            object.__setattr__(self, "labels", _column(self.labels, np.int64, n, "Dataset.labels"))
        if self.fold is not None:
            object.__setattr__(self, "fold", _column(self.fold, np.int64, n, "Dataset.fold"))
        if self.splits is not None:
            object.__setattr__(self, "splits", _column(self.splits, np.int64, f"R {n}", "Dataset.splits"))
            _check_rounds(self.splits)
        if self.faces is not None and len(self.faces) != int(n):
            raise ValueError(f"Dataset.faces: expected {n} entries, one per image, got {len(self.faces)}")
        for name, groups in self.groups.items():
            if len(groups) != int(n):
                raise ValueError(f"Dataset.groups[{name!r}]: expected {n} entries, one per image, got {len(groups)}")
        factors = {k: _column(v, np.float32, n, f"Dataset.factors[{k!r}]") for k, v in self.factors.items()}
        object.__setattr__(self, "factors", factors)

    @property
    def training(self) -> np.ndarray:
        """Which images may be learned from, (N,) bool: the gallery of the first round, all of a set without splits."""
        return np.ones(len(self.images), bool) if self.splits is None else self.splits[0] == GALLERY


def _check_rounds(splits: np.ndarray) -> None:
    if len(splits) == 0 or not np.isin(splits, (UNUSED, GALLERY, PROBE)).all():
        raise ValueError(
            f"Dataset.splits: expected one round at least, of {UNUSED} (unused), {GALLERY} (gallery), {PROBE} (probe)"
        )
    for name, part in (("gallery", GALLERY), ("probe", PROBE)):
        without = np.flatnonzero(~(splits == part).any(axis=1))
        if len(without):
            raise ValueError(f"Dataset.splits: round {without[0]} has no {name}")


class Status(IntEnum):
    """Where an embedding's face came from. Anything but FOUND is counted and shown in the report."""

    FOUND = 0
    ANNOTATED = 1  # the detector found none; the protocol's annotation was used
    CENTRE = 2  # the detector found none; the image's centre was used
    UNREADABLE = 3  # the image could not be read; the vector is NaN
    SKIPPED = 4  # the detector found none; the image is left out


@dataclass(frozen=True)
class Embeddings:
    """The vectors of N faces, and where each face came from. A face that was not found stays a row.

    vectors : (N, D) float32. status : (N,) uint8, see Status.
    """

    vectors: np.ndarray
    status: np.ndarray

    def __post_init__(self) -> None:
        object.__setattr__(self, "vectors", _column(self.vectors, np.float32, "N D", "Embeddings.vectors"))
        n = str(len(self.vectors))
        object.__setattr__(self, "status", _column(self.status, np.uint8, n, "Embeddings.status"))


@dataclass(frozen=True)
class Scores:
    """The scores of P compared pairs, with what is true of them.

    value : (P,) float32, higher is always more alike. same : (P,) bool. fold : (P,) int64.
    """

    value: np.ndarray
    same: np.ndarray
    fold: np.ndarray

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", _column(self.value, np.float32, "P", "Scores.value"))
        p = str(len(self.value))
        object.__setattr__(self, "same", _column(self.same, np.bool_, p, "Scores.same"))
        object.__setattr__(self, "fold", _column(self.fold, np.int64, p, "Scores.fold"))
        check_finite(self.value, "Scores.value")
