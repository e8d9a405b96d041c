"""Where verification fails: each system's worst errors, and the pairs at which all systems fail, or only one.

A system decides each pair at the threshold of its fold, as accuracy has it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from eigen2arc.core.metrics.verification import accuracy_by_fold
from eigen2arc.core.types import Dataset, Scores

from .pictures import shrunk, write_picture

#: Pairs that are shown of each kind.
SHOWN = 6

#: Pairs that are shown on either side of the threshold: so many genuine ones, and so many impostors.
NEAREST = 3

#: Of the pictures of those, which are many.
NEAREST_SIDE_PX = 64


@dataclass(frozen=True)
class Decided:
    """How a system, by its id, decided all pairs of a set: scores, and the thresholds (P,) of their folds.

    crops : returns what its encoder saw (N, S, S, 3); called late, since those of all systems may not fit in memory.
    """

    system: str
    scores: Scores
    thresholds: np.ndarray
    crops: Callable[[], np.ndarray]

    @cached_property
    def excess(self) -> np.ndarray:
        """How far each score is above its threshold, (P,)."""
        return np.asarray(self.scores.value - self.thresholds)

    @cached_property
    def wrong(self) -> np.ndarray:
        """(P,) bool, the pairs that were decided wrongly."""
        return np.asarray((self.excess >= 0) != self.scores.same)

    @cached_property
    def outdone(self) -> np.ndarray:
        """How bad an error at each pair is, on a scale that all systems and both kinds share: (P,) float64, 0..1.

        Of an impostor pair the share of genuine pairs with a lower score, of a genuine pair the share of impostor pairs
        with one as high: 0 for all pairs of a system without errors.
        """
        value, same = self.scores.value, self.scores.same
        genuine, impostor = np.sort(value[same]), np.sort(value[~same])
        lower = np.searchsorted(genuine, value) / max(len(genuine), 1)
        as_high = (len(impostor) - np.searchsorted(impostor, value)) / max(len(impostor), 1)
        return np.where(same, as_high, lower)


@dataclass(frozen=True)
class _Shown:
    """Describes pairs of one system for metrics.json, and writes their crops."""

    run_dir: Path
    dataset: Dataset
    decided: Decided
    crops: np.ndarray

    def pair(self, p: int, side_px: int | None = None, **more: Any) -> dict[str, Any]:
        """One pair, its crops with a longer side of ``side_px`` where that is given."""
        trials, names = self.dataset.trials, self.dataset.images.names
        assert trials is not None
        images = {"first": int(trials.first[p]), "second": int(trials.second[p])}
        crops = {key: self.crops[image] for key, image in images.items()}
        if side_px is not None:
            crops = {key: shrunk(crop, side_px) for key, crop in crops.items()}
        return {
            **{key: names[image] for key, image in images.items()},
            "same": bool(trials.same[p]),
            **more,
            **{f"{key}_picture": write_picture(self.run_dir, crop) for key, crop in crops.items()},
        }

    def scored(self, p: int, **more: Any) -> dict[str, Any]:
        """One pair with its score and the threshold of its fold."""
        score, threshold = float(self.decided.scores.value[p]), float(self.decided.thresholds[p])
        return self.pair(p, score=score, threshold=threshold, **more)


def failures(run_dir: Path, systems: Sequence[Decided], dataset: Dataset) -> tuple[dict[str, Any], dict[str, Any]]:
    """Describe where systems fail, by system's id and as a whole, as metrics.json has it, and write the pairs' crops.

    systems : all of a run, on the same pairs. By system: "errors", the worst, and "near_threshold", the pairs that
    change sides first when the threshold moves from the mean over folds. As a whole: how many pairs nobody fails at,
    all do, and each alone, with the worst of them; empty for a single system.
    """
    failing = np.sum([one.wrong for one in systems], axis=0)
    bad = np.mean([one.outdone for one in systems], axis=0)
    by_system, alone = {}, {}
    everybody: dict[str, Any] = {}
    for one in systems:
        shown = _Shown(run_dir, dataset, one, one.crops())
        by_system[one.system] = {"errors": _worst_errors(shown, failing), "near_threshold": _near_threshold(shown)}
        if len(systems) > 1:
            only = np.flatnonzero(one.wrong & (failing == 1))
            worst = [shown.scored(p, outdone=float(one.outdone[p])) for p in _worst(only, one.outdone)]
            alone[one.system] = {"pairs": len(only), "shown": worst}
        if len(systems) > 1 and not everybody:
            common = np.flatnonzero(failing == len(systems))
            worst = [shown.pair(p, outdone=float(bad[p])) for p in _worst(common, bad)]
            everybody = {"pairs": len(common), "crops_of": one.system, "shown": worst}
    counts = {"systems": len(systems), "pairs": len(failing), "nobody": int(np.sum(failing == 0))}
    return by_system, {**counts, "everybody": everybody, "alone": alone} if everybody else {}


def _worst_errors(shown: _Shown, failing: np.ndarray) -> dict[str, Any]:
    """The pairs that are furthest on the wrong side of their fold's threshold, by kind.

    failing : (P,) how many systems of the run are wrong about each pair.
    """
    decided = shown.decided
    kinds = {"false_accepts": ~decided.scores.same, "false_rejects": decided.scores.same}
    found = {}
    for kind, chosen in kinds.items():
        wrong = np.flatnonzero(decided.wrong & chosen)
        worst = wrong[np.argsort(-np.abs(decided.excess[wrong]), kind="stable")][:SHOWN]
        found[kind] = [shown.scored(p, failing=int(failing[p])) for p in worst.tolist()]
    return found


def _near_threshold(shown: _Shown) -> list[dict[str, Any]]:
    """NEAREST genuine pairs and as many impostors on either side of the mean threshold, by rising score."""
    scores = shown.decided.scores
    value, same = scores.value.astype(np.float64), scores.same
    threshold = float(accuracy_by_fold(scores).thresholds.mean())
    gap, chosen = np.abs(value - threshold), np.zeros(len(value), bool)
    for side in (value >= threshold, value < threshold):
        for kind in (same, ~same):
            there = np.flatnonzero(side & kind)
            chosen[there[np.argsort(gap[there], kind="stable")][:NEAREST]] = True
    order = np.flatnonzero(chosen)
    order = order[np.argsort(value[order], kind="stable")]
    return [shown.pair(p, NEAREST_SIDE_PX, score=float(value[p])) for p in order.tolist()]


def _worst(pairs: np.ndarray, bad: np.ndarray) -> list[int]:
    """Those of some pairs that are shown."""
    return [int(p) for p in pairs[np.argsort(-bad[pairs], kind="stable")][:SHOWN]]
