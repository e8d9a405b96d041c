"""The folder of a run, as the report reads it: metrics.json, the two tables of scores, and the images."""

import base64
import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.files import Json, read_json
from eigen2arc.core.metrics.detection import continuous_roc, discrete_roc
from eigen2arc.core.metrics.open_set import OpenRound
from eigen2arc.core.types import Scores, Status

from .schema import Metrics

Made = TypeVar("Made")


@dataclass(frozen=True)
class Detections:
    """All detections of one system: scores (D,) float64, hits (D,) bool, and the image (D,) that each is in.

    ignored (D,) bool: neither hit nor false alarm. gains (D,) float64: what each adds to FDDB's continuous score, NaN
    on other sets.
    """

    scores: np.ndarray
    hits: np.ndarray
    ignored: np.ndarray
    gains: np.ndarray
    images: np.ndarray

    def roc(self, faces: int) -> tuple[np.ndarray, np.ndarray]:
        """Compute false positives and recall, see core.metrics.detection; faces : how many are annotated."""
        counted = ~self.ignored
        return discrete_roc(self.hits[counted], self.scores[counted], faces)

    def continuous_roc(self, faces: int) -> tuple[np.ndarray, np.ndarray]:
        """Compute false positives and recall by FDDB's continuous score; faces : how many are annotated."""
        counted = ~self.ignored
        return continuous_roc(self.hits[counted], self.gains[counted], self.scores[counted], faces)


class RunFolder:
    """Reads what `eigen2arc compare` wrote. Raises UserError, saying what to do, where a file is missing or broken."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)

    @cached_property
    def metrics(self) -> Json:
        """metrics.json, checked for what every run has."""
        path = self.folder / "metrics.json"
        if not path.exists():
            raise UserError(f"{self.folder} is not a finished run: it has no metrics.json. {self.again}")
        return read_json(path, Metrics, self.again).model_dump(exclude_unset=True)

    def scores(self) -> dict[str, Scores]:
        """Read scores.csv, by system; empty if there is no such file."""
        return self._table(
            "scores.csv",
            ("score", "same", "fold"),
            lambda score, same, fold: Scores(_numbers(score), _numbers(same) > 0, _numbers(fold).astype(np.int64)),
        )

    def open_rounds(self) -> dict[str, list[OpenRound]]:
        """Read the rounds that have strangers from answers.csv, by system; empty if there is no such file."""
        found = self._table(
            "answers.csv",
            ("round", "right", "score", "status"),
            lambda number, right, score, status: _open_rounds(*map(_numbers, (number, right, score, status))),
        )
        return {system: rounds for system, rounds in found.items() if rounds}

    def detections(self) -> dict[str, Detections]:
        """Read detections.csv, by system; empty if there is no such file."""
        return self._table(
            "detections.csv",
            ("score", "hit", "gain", "image"),
            lambda score, hit, gain, image: Detections(
                _numbers(score), _numbers(hit) > 0, _numbers(hit) < 0, _numbers(gain), np.array(image)
            ),
        )

    def image(self, name: str) -> str:
        """Read a JPEG of the run as a data: address, so that the page needs no second file."""
        path = (self.folder / name).resolve()
        if not path.is_relative_to(self.folder.resolve()):
            raise UserError(f"{self.folder / 'metrics.json'} names an image outside the run: {name}. {self.again}")
        try:
            data = path.read_bytes()
        except OSError as error:
            raise UserError(f"{path}: an image of the run cannot be read ({error.strerror}). {self.again}") from None
        return f"data:image/jpeg;base64,{base64.b64encode(data).decode('ascii')}"

    def _table(self, name: str, wanted: tuple[str, ...], make: Callable[..., Made]) -> dict[str, Made]:
        """What ``make`` returns for the wanted columns of a CSV file, by system, in the order of the file."""
        path = self.folder / name
        columns: dict[str, list[list[str]]] = {}
        if not path.exists():
            return {}
        try:
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    of_system = columns.setdefault(row["system"], [[] for _ in wanted])
                    for column, key in zip(of_system, wanted, strict=True):
                        column.append(row[key])
            return {system: make(*of_system) for system, of_system in columns.items()}
        except KeyError as error:
            raise UserError(f"{path} is broken: it has no column {error}. {self.again}") from None
        except (OSError, TypeError, ValueError, csv.Error) as error:
            raise UserError(f"{path} is broken ({error}). {self.again}") from None

    @property
    def again(self) -> str:
        """What to do where the folder cannot be used."""
        return f"Run it again: eigen2arc compare SUITE --out {self.folder}"


def _open_rounds(number: np.ndarray, right: np.ndarray, score: np.ndarray, status: np.ndarray) -> list[OpenRound]:
    """Rounds with both kinds of probes; whether a stranger is rightly answered is not said."""
    stranger = np.isnan(right)
    score = np.where(np.isnan(score) | (status == Status.UNREADABLE), -np.inf, score)
    rounds = []
    for one in np.unique(number):
        inside = number == one
        if (inside & stranger).any() and (inside & ~stranger).any():
            named = np.where(right == 1, score, -np.inf)
            rounds.append(OpenRound(named[inside & ~stranger], score[inside & stranger]))
    return rounds


def _numbers(column: list[str]) -> np.ndarray:
    return np.array([float(text or "nan") for text in column])
