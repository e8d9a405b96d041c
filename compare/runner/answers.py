"""RUN/answers.csv: whom each system takes every probe of an identification for. A line a probe, round by round:

system : its name. round : from 0. probe : the image's name. person : who it shows, "" where nobody knows; among
distractors, too.
named : the most alike person of the gallery, whatever the threshold says; among distractors a stranger is named by the
image. "" where the probe shows no face and the run leaves such images out. right : 1 where ``named`` is ``person``, 0
where not; "" for a stranger, who has no right name.
score : how alike the probe and ``named`` are, higher is more alike, on the system's own scale. runner_up,
runner_up_score : the next person.
distance_to_threshold : ``score`` less the threshold of the round; 0 or more: the system names ``named``; below 0: it
says that it knows nobody who looks like this. The threshold is the lowest at which at most 1 % of the round's
strangers are taken for somebody, or 10 % where the strangers are too few for 1 %, see open_set.operating; metrics.json
says which, as ``identification.answers.fpir``. "" where there is none: in a run without strangers nothing is refused,
and with too few of them a threshold would hang on a handful; and for a probe that shows no face, which is refused at
any threshold.
status : where the probe's face came from, see core.types.Status: 0 is one that was found. rank : at which place
``person`` comes, 1 is the first; "" for a stranger.

Numbers are written so that reading them gives the very same.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from eigen2arc.core.types import Dataset, Status

from .distractors import AmongStrangers
from .identification import Round
from .open_set import Operating
from .results import Crops

HEADER = "system round probe person named right score runner_up runner_up_score distance_to_threshold status rank"


def answer_rows(system: str, rounds: Sequence[Round], at: Operating, dataset: Dataset, crops: Crops) -> list[list[Any]]:
    """Return a row for each probe of each round."""
    return [
        row
        for number, (one, threshold) in enumerate(zip(rounds, at.values, strict=True))
        for row in _rows(system, number, one, threshold, dataset, crops)
    ]


def _rows(
    system: str, number: int, one: Round, threshold: float | None, dataset: Dataset, crops: Crops
) -> list[list[Any]]:
    answers = one.answers
    columns = (one.probes, answers.rank, answers.named, answers.score, answers.runner_up, answers.runner_up_score)
    assert dataset.labels is not None
    rows = []
    for probe, rank, named, score, runner_up, runner_up_score in zip(*(c.tolist() for c in columns), strict=True):
        person = int(dataset.labels[probe])
        right = int(named == person) if rank else ""
        distance = "" if threshold is None or crops.status[probe] == Status.UNREADABLE else score - threshold
        taken_for = [name_of(dataset, named), right, score, name_of(dataset, runner_up), runner_up_score, distance]
        if crops.skipped[probe]:
            taken_for = ["", 0 if rank else "", "", "", "", ""]
        elif runner_up < 0:
            taken_for[-2] = ""
        row = [system, number, dataset.images.names[probe], name_of(dataset, person), *taken_for]
        rows.append([*row, int(crops.status[probe]), rank or ""])
    return rows


def distractor_rows(
    system: str, answers: Sequence[AmongStrangers], ranks: np.ndarray, dataset: Dataset, crops: Crops
) -> list[list[Any]]:
    """Return a row for each trial among distractors, of which ranks are (T,), for which there is no threshold."""
    assert dataset.labels is not None
    rows = []
    for one, rank in zip(answers, ranks.tolist(), strict=True):
        person = name_of(dataset, int(dataset.labels[one.probe]))
        names = [
            "" if i < 0 else person if i == one.mate else dataset.images.names[i] for i in (one.named, one.runner_up)
        ]
        taken_for = [names[0], int(one.named == one.mate), one.score, names[1], one.runner_up_score, ""]
        if crops.skipped[one.probe]:
            taken_for = ["", 0, "", "", "", ""]
        row = [system, 0, dataset.images.names[one.probe], person, *taken_for]
        rows.append([*row, int(crops.status[one.probe]), rank])
    return rows


def name_of(dataset: Dataset, label: int) -> str:
    """Return a person's name by the label, the label itself where the set has no names; "" for nobody known."""
    return "" if label < 0 else dataset.people[label] if dataset.people else str(label)
