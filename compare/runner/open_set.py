"""The open-set metrics of an identification, where some of its probes are strangers."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from eigen2arc.core.metrics import open_set as metrics
from eigen2arc.core.types import Dataset, Status

from .identification import Round
from .results import Crops


def open_set(
    rounds: Sequence[Round], dataset: Dataset, crops: Crops
) -> tuple[dict[str, Any], dict[str, dict[str, float]]]:
    """Return {"open_set": ...} for metrics.json of the rounds that have both kinds of probes, and its intervals.

    Both are empty where no round has. An unknown stranger is a person of its own.
    """
    assert dataset.labels is not None
    faceless = crops.skipped | (crops.status == Status.UNREADABLE)
    both = [one for one in rounds if one.mated.any() and not one.mated.all()]
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


def open_round(one: Round, refused: np.ndarray) -> metrics.OpenRound:
    """Split a round's scores into those of mated probes and of strangers; those ``refused`` (P,) bool have none."""
    score = np.where(refused, -np.inf, one.answers.score)
    return metrics.OpenRound(np.where(one.answers.rank == 1, score, -np.inf)[one.mated], score[~one.mated])
