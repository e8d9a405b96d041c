"""The open-set metrics of an identification, where some of its probes are strangers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eigen2arc.core.metrics import open_set as metrics
from eigen2arc.core.types import Dataset

from .identification import Round
from .results import Crops
from .verification import without_face


def open_set(
    rounds: Sequence[Round], dataset: Dataset, crops: Crops
) -> tuple[dict[str, Any], dict[str, dict[str, float]]]:
    """Return {"open_set": ...} for metrics.json of the rounds that have both kinds of probes, and its intervals.

    Both are empty where no round has. An unknown stranger is a person of its own.
    """
    assert dataset.labels is not None
    faceless = without_face(crops)
    both = [one for one in rounds if has_both(one)]
    if not both:
        return {}, {}
    images = np.arange(len(dataset.labels))
    person = np.where(dataset.labels < 0, dataset.labels.max() + 1 + images, dataset.labels)
    scores = [open_round(one, faceless[one.probes]) for one in both]
    summary = metrics.summary(scores)
    ends = {}
    mated = [person[one.probes[one.mated]] for one in both]
    strangers = [person[one.probes[~one.mated]] for one in both]
    for name in summary["threshold"]:
        draws = metrics.resample(scores, mated, strangers, float(name))
        ends[f"dir_at_fpir/{name}"] = dict(zip(("low", "high"), draws.interval(), strict=True))
    return {"open_set": summary}, ends


def has_both(one: Round) -> bool:
    """Tell whether there are enrolled people and strangers among a round's probes."""
    return bool(one.mated.any() and not one.mated.all())


#: False positive identification rates that answers are given at, the first for which there are strangers enough.
OPERATING = ("1e-2", "1e-1")


@dataclass(frozen=True)
class Operating:
    """The threshold that answers are given at.

    fpir : one of OPERATING, "" where there is none: without strangers, or with too few of them. values : the threshold
    of each round, set on that round's strangers; None in a round without both kinds of probes, and where there is none.
    """

    fpir: str
    values: list[float | None]


def operating(rounds: Sequence[Round], crops: Crops) -> Operating:
    """Choose the threshold of every round as metrics.open_set.summary does, at the first rate that all can give."""
    faceless = without_face(crops)
    strangers = [open_round(one, faceless[one.probes]).strangers if has_both(one) else None for one in rounds]
    for fpir in OPERATING:
        values = [None if one is None else metrics.threshold(one, float(fpir)) for one in strangers]
        if any(v is not None for v in values) and all(
            (v is None) == (s is None) for v, s in zip(values, strangers, strict=True)
        ):
            return Operating(fpir, values)
    return Operating("", [None] * len(rounds))


def open_round(one: Round, refused: np.ndarray) -> metrics.OpenRound:
    """Split a round's scores into those of mated probes and of strangers; those ``refused`` (P,) bool have none."""
    score = np.where(refused, -np.inf, one.answers.score)
    return metrics.OpenRound(np.where(one.answers.rank == 1, score, -np.inf)[one.mated], score[~one.mated])
