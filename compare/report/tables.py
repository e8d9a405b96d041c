"""The tables of a run with all that is needed to compute its figures again: who is on each image, and every rank."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Scores, Status

from .run_folder import RunFolder, numbers, whole_numbers


@dataclass(frozen=True)
class Pairs:
    """The P pairs of a system: scores, and names of the images (P,) and of who is on them, "" where nobody knows."""

    scores: Scores
    first: np.ndarray
    second: np.ndarray
    first_person: np.ndarray
    second_person: np.ndarray


@dataclass(frozen=True)
class Probes:
    """The P probes of a system, in whatever round: number (P,) int64 of the round, names of the image and its person.

    rank : (P,) int64 of the own person, 0 for a stranger. score : (P,) float64, -inf where nobody is named whatever the
    threshold. right, skipped : (P,) bool.
    """

    number: np.ndarray
    probe: np.ndarray
    person: np.ndarray
    rank: np.ndarray
    score: np.ndarray
    right: np.ndarray
    skipped: np.ndarray


def pairs_of(run: RunFolder) -> dict[str, Pairs]:
    """Read scores.csv by system, with names. Raises UserError."""

    def make(score: list[str], same: list[str], fold: list[str], *names: list[str]) -> Pairs:
        scores = Scores(numbers(score), numbers(same) > 0, whole_numbers(fold))
        return Pairs(scores, *map(_texts, names))

    return run.table("scores.csv", ("score", "same", "fold", "first", "second", "first_person", "second_person"), make)


def probes_of(run: RunFolder) -> dict[str, Probes]:
    """Read answers.csv by system, with names and ranks. Raises UserError."""

    def make(number: list[str], probe: list[str], person: list[str], *rest: list[str]) -> Probes:
        rank, score, right, status = rest
        ranks, said, states = whole_numbers([text or "0" for text in rank]), numbers(score), numbers(status)
        named = np.where(np.isnan(said) | (states == Status.UNREADABLE), -np.inf, said)
        names = _texts(probe), _texts(person)
        return Probes(whole_numbers(number), *names, ranks, named, numbers(right) == 1, states == Status.SKIPPED)

    return run.table("answers.csv", ("round", "probe", "person", "rank", "score", "right", "status"), make)


def annotated_faces(run: RunFolder) -> dict[str, int]:
    """Read images.csv: how many faces are to be found in each image of the detection. Raises UserError."""
    counts = run.table("images.csv", ("faces",), whole_numbers, by="image")
    if any(len(count) > 1 or count[0] < 0 for count in counts.values()):
        raise UserError(f"{run.folder / 'images.csv'} is broken: an image has two numbers of faces, or less than none")
    return {image: int(count[0]) for image, count in counts.items()}


def _texts(column: Sequence[str]) -> np.ndarray:
    return np.array([text or "" for text in column], dtype=np.str_)
