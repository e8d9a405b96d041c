"""Metrics by group: of the set's own groupings of its images, and of its factors, cut into parts."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from eigen2arc.core.metrics import groups
from eigen2arc.core.types import Dataset, Scores

from .identification import Round
from .uncertainty import people


def of_pairs(scores: Scores, thresholds: np.ndarray, dataset: Dataset) -> dict[str, Any]:
    """Return {"groups": ...} for metrics.json, verification by grouping; empty where no grouping has groups enough.

    thresholds : (P,) one for each pair.
    """
    trials = dataset.trials
    assert trials is not None
    accepted, person = scores.value >= thresholds, people(dataset)[0]
    found = {
        name: groups.of_pairs(accepted, scores.same, trials.first, trials.second, person, one)
        for name, one in _groupings(dataset, np.concatenate([trials.first, trials.second])).items()
    }
    return _known(found)


def of_probes(rounds: Sequence[Round], dataset: Dataset) -> dict[str, Any]:
    """Return {"groups": ...} for metrics.json, rank-1 by grouping; empty where no grouping has groups enough.

    An image that is looked up in several rounds counts once, by the share of them in which it is recognised.
    """
    images = np.concatenate([one.probes[one.mated] for one in rounds])
    right = np.concatenate([one.answers.rank[one.mated] == 1 for one in rounds])
    probes, of = np.unique(images, return_inverse=True)
    share = np.bincount(of, right) / np.bincount(of)
    person = people(dataset)[0]
    found = {name: groups.of_probes(share, probes, person, one) for name, one in _groupings(dataset, probes).items()}
    return _known(found)


def _groupings(dataset: Dataset, images: np.ndarray) -> dict[str, groups.Grouping]:
    """The set's groupings, and its factors cut by their values in these images."""
    used = np.isin(np.arange(len(dataset.images)), images)
    factors = {name: groups.cut(np.where(used, values, np.nan)) for name, values in dataset.factors.items()}
    return {name: groups.by_name(of) for name, of in dataset.groups.items()} | factors


def _known(found: dict[str, dict[str, Any] | None]) -> dict[str, Any]:
    known = {name: one for name, one in found.items() if one is not None}
    return {"groups": known} if known else {}
