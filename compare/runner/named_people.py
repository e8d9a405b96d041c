"""What a run's identification says of people: who is taken for whom, how often each is named rightly, with pictures.

All at the threshold of open_set.operating where there is one: a probe below it is taken for nobody. metrics.json has
the extremes, whatever the number of people; all of them stand in two tables beside it.

RUN/confusions.csv: system, person, stranger, named, probes: so many of a person's probes were named so, the right ones
among them; ``named`` is "" for those that were refused. Where there is a threshold, strangers are in it, too, with
stranger = 1; without one a stranger is always taken for somebody, and is left out.

RUN/people.csv: system, person, images, probes, right, share, low, high: of each enrolled person who is looked up,
worst first, how many probes were named rightly, with a 95 % interval of as many trials as there are images.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eigen2arc.core.metrics.confusion import (
    NOBODY,
    Confusions,
    PersonRates,
    confusions,
    matrix,
    most_confused,
    person_rates,
)
from eigen2arc.core.types import Dataset

from .answers import name_of
from .identification import Round
from .open_set import Operating
from .pictures import shrunk, write_picture
from .results import Crops
from .verification import without_face

CONFUSIONS = "system person stranger named probes"
PEOPLE = "system person images probes right share low high"

#: What metrics.json has at most: people in the matrix, of the worst people, and pairs of pictures of each kind.
MATRIX_PEOPLE, WORST_PEOPLE, PAIRS = 20, 20, 12

#: People whose share is below so much, from 0 on in tenths; and those who are always named rightly.
TENTHS = 10

SIDE_PX = 112


@dataclass(frozen=True)
class NamedPeople:
    """Of one system: its part of metrics.json, and its rows of the two tables."""

    entry: dict[str, Any]
    confusion_rows: list[list[Any]]
    people_rows: list[list[Any]]


@dataclass(frozen=True)
class Probes:
    """All P probes of all rounds: images, persons, whom each is taken for (NOBODY below the threshold), and more.

    mated : (P,) bool. excess : (P,) how far the score is above the threshold; without one above the runner-up's.
    """

    image: np.ndarray
    person: np.ndarray
    taken_for: np.ndarray
    nearest: np.ndarray
    mated: np.ndarray
    round: np.ndarray
    score: np.ndarray
    excess: np.ndarray


def named_people(
    system: str, rounds: Sequence[Round], at: Operating, dataset: Dataset, crops: Crops, run_dir: Path
) -> NamedPeople:
    """Summarize the answers of a system by people; writes the pictures of those who are taken for others."""
    probes = _probes(rounds, at, dataset, crops)
    mated, strange = probes.mated, ~probes.mated
    rates = person_rates(probes.person[mated], probes.image[mated], (probes.taken_for == probes.person)[mated])
    found = confusions(probes.person[mated], probes.taken_for[mated])
    wrong = (probes.taken_for != NOBODY) & (probes.taken_for != probes.person)
    rows = _confusion_rows(system, found, 0, dataset)
    strangers: dict[str, Any] = {}
    if at.fpir:
        of_strangers = confusions(probes.person[strange], probes.taken_for[strange])
        rows += _confusion_rows(system, of_strangers, 1, dataset)
        strangers = {
            "strangers": int(np.count_nonzero(wrong & strange)),
            "strangers_of": int(np.count_nonzero(strange)),
            "strangers_taken": _pairs(probes, np.flatnonzero(wrong & strange), dataset, crops, run_dir),
        }
    entry = {
        "fpir": at.fpir,
        "rates": _rates(rates, float((probes.taken_for == probes.person)[mated].mean()), dataset),
        "matrix": _matrix(found, dataset),
        "confusions": int(found.probes[(found.person != found.named) & (found.named != NOBODY)].sum()),
        "refused": int(found.probes[found.named == NOBODY].sum()),
        "taken_for": _pairs(probes, np.flatnonzero(wrong & mated), dataset, crops, run_dir),
        **strangers,
    }
    people = [
        [system, name_of(dataset, person), images, probes_, round(share * probes_), share, low, high]
        for person, images, probes_, share, low, high in _columns(rates)
    ]
    return NamedPeople(entry, rows, people)


def _columns(rates: PersonRates) -> Iterator[tuple[Any, ...]]:
    columns = (rates.person, rates.images, rates.probes, rates.share, rates.low, rates.high)
    return zip(*(column.tolist() for column in columns), strict=True)


def _probes(rounds: Sequence[Round], at: Operating, dataset: Dataset, crops: Crops) -> Probes:
    assert dataset.labels is not None
    faceless, made = without_face(crops), []
    for number, (one, threshold) in enumerate(zip(rounds, at.values, strict=True)):
        if at.fpir and threshold is None:
            continue  # a round of strangers alone, or of none, in a run of which others have both
        answers = one.answers
        least = np.nan_to_num(answers.runner_up_score, nan=-np.inf) if threshold is None else threshold
        excess = answers.score - least
        refused = faceless[one.probes] if threshold is None else faceless[one.probes] | (excess < 0)
        named = np.where(refused, NOBODY, answers.named)
        numbers = np.full(len(one.probes), number)
        person = dataset.labels[one.probes]
        made.append((one.probes, person, named, one.nearest, one.mated, numbers, answers.score, excess))
    return Probes(*(np.concatenate(column) for column in zip(*made, strict=True)))


def _confusion_rows(system: str, found: Confusions, stranger: int, dataset: Dataset) -> list[list[Any]]:
    columns = (found.person.tolist(), found.named.tolist(), found.probes.tolist())
    return [
        [system, name_of(dataset, person), stranger, name_of(dataset, named), probes]
        for person, named, probes in zip(*columns, strict=True)
    ]


def _matrix(found: Confusions, dataset: Dataset) -> dict[str, Any]:
    chosen = most_confused(found, MATRIX_PEOPLE)
    names = [name_of(dataset, int(label)) for label in chosen]
    return {"people": names, "probes": matrix(found, chosen).tolist()}


def _rates(rates: PersonRates, overall: float, dataset: Dataset) -> dict[str, Any]:
    """The distribution, in tenths and of those who are always right; and the worst people."""
    tenth = np.minimum((rates.share * TENTHS + 1e-9).astype(np.int64), TENTHS)
    tenth[(rates.share < 1) & (tenth == TENTHS)] = TENTHS - 1
    worst = list(zip(_columns(rates), rates.below.tolist(), strict=True))[:WORST_PEOPLE]
    return {
        "overall": overall,
        "people": len(rates.person),
        "most_images": int(rates.images.max()),
        "median": float(np.median(rates.share)),
        "below": int(rates.below.sum()),
        "tenths": np.bincount(tenth, minlength=TENTHS + 1).tolist(),
        "worst": [
            {"person": name_of(dataset, person), "images": images, "probes": probes, "below": below}
            | {"share": share, "low": low, "high": high}
            for (person, images, probes, share, low, high), below in worst
        ],
    }


def _pairs(probes: Probes, wrong: np.ndarray, dataset: Dataset, crops: Crops, run_dir: Path) -> list[dict[str, Any]]:
    """The surest of the wrong answers (W,), by ``excess``; each probe's image once for each whom it is taken for."""
    shown: dict[tuple[int, int], int] = {}
    for row in wrong[np.argsort(-probes.excess[wrong], kind="stable")].tolist():
        shown.setdefault((int(probes.image[row]), int(probes.taken_for[row])), row)
        if len(shown) == PAIRS:
            break
    return [
        {
            "probe": dataset.images.names[probes.image[row]],
            "person": name_of(dataset, int(probes.person[row])),
            "named": name_of(dataset, int(probes.taken_for[row])),
            "enrolled": dataset.images.names[probes.nearest[row]],
            "round": int(probes.round[row]),
            "score": float(probes.score[row]),
            "excess": float(probes.excess[row]) if np.isfinite(probes.excess[row]) else None,
            "probe_picture": write_picture(run_dir, shrunk(crops.crops[probes.image[row]], SIDE_PX)),
            "enrolled_picture": write_picture(run_dir, shrunk(crops.crops[probes.nearest[row]], SIDE_PX)),
        }
        for row in shown.values()
    ]
