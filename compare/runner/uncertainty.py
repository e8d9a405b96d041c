"""How sure a run's metrics are: intervals over people, or images, and all systems compared with one another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from eigen2arc.core.artefacts import Arrays, Store, digest
from eigen2arc.core.code_digest import code_digest
from eigen2arc.core.metrics import people_bootstrap
from eigen2arc.core.metrics.comparison import compare, holm, mcnemar
from eigen2arc.core.metrics.detection import FALSE_POSITIVES
from eigen2arc.core.metrics.intervals import LEVEL
from eigen2arc.core.metrics.people_bootstrap import Draws, VerificationDraws
from eigen2arc.core.metrics.verification import accuracy_by_fold
from eigen2arc.core.types import Dataset, Scores

from .detection import MatchedDetections

#: The metric by which the systems are compared in a task, as metrics.json names it, and of what it is a share.
COMPARED = {"verification": "accuracy", "identification": "rank1", "detection": "recall_at_fp/100"}

#: Ranks whose rates have an interval.
RANKS = (1, 5, 10)


@dataclass(frozen=True)
class Answered:
    """What a system is compared by in a task: draws of its metric, and which answers (T,) were right, if they are told.

    unit : what was drawn, "people" or "images".
    """

    draws: Draws
    right: np.ndarray | None
    unit: str


def people(dataset: Dataset) -> tuple[np.ndarray, str]:
    """Tell who is on each image (N,) int64, and the unit: "images" where the set does not say who anybody is.

    An image whose person is not known is a person of its own.
    """
    images = np.arange(len(dataset.images))
    if dataset.labels is None or (dataset.labels < 0).all():
        return images, "images"
    return np.where(dataset.labels < 0, dataset.labels.max() + 1 + images, dataset.labels), "people"


def of_verification(store: Store, scores: Scores, dataset: Dataset) -> tuple[dict[str, Any], Answered]:
    """Compute the intervals of all metrics of metrics.verification.summary, as metrics.json has them."""
    assert dataset.trials is not None
    person, unit = people(dataset)
    first, second = person[dataset.trials.first], person[dataset.trials.second]

    def make() -> Arrays:
        return _pack(people_bootstrap.verification(scores, first, second))

    code = code_digest(people_bootstrap.__name__)
    name = f"draws-{digest(scores.value, scores.same, scores.fold, first, second, code)}"
    draws = _unpack(store.arrays(name, make))
    named = {"accuracy": draws.accuracy, "auc": draws.auc, "eer": draws.eer}
    named |= {"hter": draws.hter} if np.isfinite(draws.hter.value) else {}
    named |= {f"fnmr_at_fmr/{fmr}": of_fmr for fmr, of_fmr in draws.fnmr_at_fmr.items()}
    ends = [one.interval() for one in draws.band]
    band = {"fmr": draws.band_fmr.tolist(), "low": [low for low, _ in ends], "high": [high for _, high in ends]}
    right = (scores.value >= thresholds(scores)) == scores.same
    return {**_intervals(named, unit), "det_band": band}, Answered(draws.accuracy, right, unit)


def thresholds(scores: Scores) -> np.ndarray:
    """Return the threshold of each pair's fold (P,), which is chosen on the others."""
    return accuracy_by_fold(scores).thresholds[np.unique(scores.fold, return_inverse=True)[1]]


def of_identification(
    ranks: Sequence[np.ndarray], persons: Sequence[np.ndarray], most: int
) -> tuple[dict[str, Any], Answered]:
    """Compute the intervals of the rates of RANKS, over the people that are looked up; the gallery stays as it is.

    ranks, persons : for each round of its probes (P_r,), who is on them. most : people in the gallery.
    """
    rank, person = np.concatenate(ranks), np.concatenate(persons)
    # The rates are means over rounds, so that a probe of a small round counts more.
    weight = np.concatenate([np.full(len(one), 1 / len(one)) for one in ranks])
    named = {f"rank{k}": people_bootstrap.share(rank <= k, person, weight) for k in RANKS if k == 1 or k < most}
    return _intervals(named, "people"), Answered(named["rank1"], rank == 1, "people")


def of_detection(matched: Sequence[MatchedDetections], dataset: Dataset) -> tuple[dict[str, Any], Answered]:
    """Compute the intervals of recall, over images."""
    assert dataset.faces is not None
    wanted = [~one.ignored for one in matched]
    image = np.repeat(np.arange(len(matched)), [int(one.sum()) for one in wanted])
    hits, scores = (
        np.concatenate([column[one] for column, one in zip(columns, wanted, strict=True)])
        for columns in ([one.hits for one in matched], [one.faces.scores for one in matched])
    )
    faces = np.array([len(truth.counted) for truth in dataset.faces], np.float64)
    draws = people_bootstrap.recall_at_fp(hits, scores, image, faces, FALSE_POSITIVES)
    named = {f"recall_at_fp/{count}": one for count, one in draws.items()}
    return _intervals(named, "images"), Answered(named["recall_at_fp/100"], None, "images")


def _intervals(named: Mapping[str, Draws], unit: str) -> dict[str, Any]:
    units = next(iter(named.values())).units
    ends = {name: dict(zip(("low", "high"), one.interval(), strict=True)) for name, one in named.items()}
    return {"intervals": ends, "resampled": {"unit": unit, "units": units, "level": LEVEL}}


def comparisons(answered: Mapping[str, Mapping[str, Answered]]) -> list[dict[str, Any]]:
    """Compare all systems with one another, task by task, as metrics.json has it.

    answered : by task, then by the system's id. p_holm is adjusted over all pairs of a task; ``better`` is the system
    that is better at 1 - LEVEL by it, "" where the two cannot be told apart.
    """
    return [_table(task, answered[task]) for task in COMPARED if len(answered.get(task, ())) > 1]


def _table(task: str, systems: Mapping[str, Answered]) -> dict[str, Any]:
    both = list(combinations(systems, 2))
    made = [compare(systems[a].draws, systems[b].draws) for a, b in both]
    adjusted = holm([one.p for one in made])
    any_system = next(iter(systems.values()))
    rows = []
    for (a, b), one, p_holm in zip(both, made, adjusted, strict=True):
        better = (a if one.difference > 0 else b) if p_holm < 1 - LEVEL else ""
        of_a, of_b = systems[a].right, systems[b].right
        apart = {} if of_a is None or of_b is None else {"mcnemar": mcnemar(of_a, of_b)}
        rows.append({"first": a, "second": b, "better": better, **vars(one), "p_holm": p_holm, **apart})
    return {
        "task": task,
        "metric": COMPARED[task],
        "unit": any_system.unit,
        "units": any_system.draws.units,
        "pairs": rows,
    }


def _pack(draws: VerificationDraws) -> Arrays:
    rows = list(_rows(draws))
    return {
        "fmrs": np.array(list(draws.fnmr_at_fmr), np.str_),
        "band_fmr": draws.band_fmr,
        "value": np.array([one.value for one in rows]),
        "people": np.stack([one.people for one in rows]),
        "pairs": np.stack([one.pairs for one in rows if one.pairs is not None]),
        "units": np.array(draws.auc.units),
    }


def _rows(draws: VerificationDraws) -> Iterator[Draws]:
    yield from (draws.accuracy, draws.auc, draws.eer, draws.hter, *draws.fnmr_at_fmr.values(), *draws.band)


def _unpack(made: Arrays) -> VerificationDraws:
    columns = zip(made["value"].tolist(), made["people"], made["pairs"], strict=True)
    rows = [Draws(value, people, pairs, int(made["units"])) for value, people, pairs in columns]
    accuracy, auc, eer, hter, *others = rows
    fmrs = made["fmrs"].tolist()
    at_fmr = dict(zip(fmrs, others, strict=False))
    return VerificationDraws(accuracy, auc, eer, hter, at_fmr, made["band_fmr"], others[len(fmrs) :])
