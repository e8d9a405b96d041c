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

#: In the folder that `report verify --out` made: the manifest of the bundle that it was made of.
BUNDLED = "bundle.json"

#: What stands for an image that a bundle left out.
LEFT_OUT_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 112 112"><path fill="#d0d5dd" d="M0 0h112v112H0z"/>'
    '<text x="56" y="60" text-anchor="middle" font-family="sans-serif" font-size="15" fill="#475467">left out</text>'
    "</svg>"
)
LEFT_OUT = f"data:image/svg+xml;base64,{base64.b64encode(LEFT_OUT_SVG.encode()).decode('ascii')}"


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
        return self.table(
            "scores.csv",
            ("score", "same", "fold"),
            lambda score, same, fold: Scores(numbers(score), numbers(same) > 0, whole_numbers(fold)),
        )

    def open_rounds(self) -> dict[str, list[OpenRound]]:
        """Read the rounds that have strangers from answers.csv, by system; empty if there is no such file."""
        found = self.table(
            "answers.csv",
            ("round", "right", "score", "status"),
            lambda number, right, score, status: _open_rounds(*map(numbers, (number, right, score, status))),
        )
        return {system: rounds for system, rounds in found.items() if rounds}

    def detections(self) -> dict[str, Detections]:
        """Read detections.csv, by system; empty if there is no such file."""
        return self.table(
            "detections.csv",
            ("score", "hit", "gain", "image"),
            lambda score, hit, gain, image: Detections(
                numbers(score), numbers(hit) > 0, numbers(hit) < 0, numbers(gain), np.array(image)
            ),
        )

    @property
    def is_bundle(self) -> bool:
        """Whether the folder was made of a bundle, which leaves all images out."""
        return (self.folder / BUNDLED).exists()

    def image(self, name: str) -> str:
        """Read a JPEG of the run as a data: address, so that the page needs no second file.

        A grey square where the folder was made of a bundle, which leaves images out.
        """
        path = (self.folder / name).resolve()
        if not path.is_relative_to(self.folder.resolve()):
            raise UserError(f"{self.folder / 'metrics.json'} names an image outside the run: {name}. {self.again}")
        if not path.exists() and self.is_bundle:
            return LEFT_OUT
        try:
            data = path.read_bytes()
        except OSError as error:
            raise UserError(f"{path}: an image of the run cannot be read ({error.strerror}). {self.again}") from None
        return f"data:image/jpeg;base64,{base64.b64encode(data).decode('ascii')}"

    def table(
        self, name: str, wanted: tuple[str, ...], make: Callable[..., Made], by: str = "system"
    ) -> dict[str, Made]:
        """Return what ``make`` does for the wanted columns of a CSV file, by its column ``by``, in the file's order.

        Empty where there is no such file. Raises UserError.
        """
        path = self.folder / name
        columns: dict[str, list[list[str]]] = {}
        if not path.exists():
            return {}
        try:
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    of_key = columns.setdefault(row[by], [[] for _ in wanted])
                    for column, key in zip(of_key, wanted, strict=True):
                        column.append(row[key])
            return {key: make(*of_key) for key, of_key in columns.items()}
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


def numbers(column: list[str]) -> np.ndarray:
    """Read a column of numbers, float64; NaN where there is none. Raises ValueError."""
    return np.array([float(text or "nan") for text in column])


def whole_numbers(column: list[str]) -> np.ndarray:
    """Read a column of whole numbers, int64. Raises ValueError for any other."""
    read = numbers(column)
    if not (np.abs(read) < 2**53).all() or (read != np.round(read)).any():
        raise ValueError("a number is not whole")
    return read.astype(np.int64)
