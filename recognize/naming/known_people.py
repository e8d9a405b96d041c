"""What naming needs of people who are known, wherever they come from: a system of a run, or a gallery."""

from typing import NamedTuple, Protocol

import numpy as np

from eigen2arc.core.files import Json
from eigen2arc.recognize.reading.face_reader import FaceReader


class Candidates(NamedTuple):
    """The most alike person of each of N vectors, and the next.

    nearest, runner_up : N names; a runner-up is None where there is but one person. score, runner_up_score : (N,)
    float64, higher is more alike; NaN where there is no runner-up.
    """

    nearest: list[str]
    score: np.ndarray
    runner_up: list[str | None]
    runner_up_score: np.ndarray


class KnownPeople(Protocol):
    """People, and how a face is compared with them.

    reader : reads faces as those of the people were read. threshold : from which score on somebody is named; None where
    the most alike person is named, whoever it is.
    """

    reader: FaceReader
    threshold: float | None

    def candidates(self, vectors: np.ndarray) -> Candidates:
        """Find the most alike people of vectors (N, D) float32 of the reader, N >= 1."""
        ...

    def probability(self, scores: np.ndarray) -> np.ndarray | None:
        """Tell how probable it is that the nearest person is the right one, (N,) 0..1; None where nothing tells it."""
        ...

    def describe(self) -> str:
        """Say in a line who answers, whom it knows, and its threshold with the rate and the faces behind it."""
        ...

    def as_json(self) -> Json:
        """Return what describe says as plain values."""
        ...

    def cautions(self) -> list[str]:
        """Return what has to be said before any name is given, a line each."""
        ...


def counted(count: int, one: str, many: str = "") -> str:
    """Count in words: 1 image, 1,000 images."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
