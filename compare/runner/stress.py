"""Stress: pairs of the verification, whose second image is made worse by degrees, decided as they were decided there.

Parts that learn are those of the verification, to the last bit: fitted on what training_sets() allows there, which are
crops of images as they are. What is made worse lies in sets of its own, which say neither who anybody is nor which
pairs there are, so that nothing can be learned from it. The threshold is that of the pair's fold.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np

from eigen2arc.core.artefacts import digest
from eigen2arc.core.checks import check_finite
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import ImageError
from eigen2arc.core.metrics.half_level import half_level
from eigen2arc.core.stages import Matcher
from eigen2arc.core.types import Dataset, Scores, Status, Trials
from eigen2arc.datasets.images.stressed import applies_to, by_strength, face_box, stressed

from .results import Crops, Encoded, Selection
from .stages import timed
from .stress_settings import StressSettings
from .subset import evenly
from .system_runner import SystemRunner
from .verification import FoldVectors, encode_folds, fitted_matcher, without_face


class StressTest:
    """The pairs of a verification that are put under stress, and their second images under each, shared by systems.

    Raises UserError where the set has no pairs, or cannot be put under a stress that is asked for by name.
    """

    def __init__(self, settings: StressSettings, dataset: Dataset) -> None:
        if dataset.trials is None:
            raise UserError(f"{dataset.name} has no pairs to put under stress: it needs a set for [verification]")
        self.dataset, self.trials = dataset, dataset.trials
        self.pairs = evenly(len(dataset.trials), settings.pairs)
        self.images = np.unique(dataset.trials.second[self.pairs])
        chosen = [s for s in settings.stresses if not settings.all_that_apply or applies_to(s.built, dataset)]
        self.sets = {stress.name: (stress, stressed(dataset, self.images, stress)) for stress in chosen}

    @property
    def chance(self) -> float:
        """The accuracy of always giving the more frequent answer."""
        share = float(self.trials.same[self.pairs].mean())
        return max(share, 1 - share)

    def describe(self) -> dict[str, Any]:
        """Describe the test for metrics.json: the pairs, and of each stress its settings, its levels and its label."""
        stresses = {
            name: {"label": stress.built.label, "levels": list(by_strength(stress.built)), "settings": stress.settings}
            for name, (stress, _) in self.sets.items()
        }
        counts = {"pairs": len(self.pairs), "of": len(self.trials), "images": len(self.images), "chance": self.chance}
        return counts | {"face": self._face(), "stresses": stresses}

    def _face(self) -> str:
        return "the annotated box" if self.dataset.faces is not None else "a square of half the image in its centre"

    def measure(
        self, runner: SystemRunner, allowed: Trials | None, scores: Scores, thresholds: np.ndarray, crops: Crops
    ) -> dict[str, dict[str, Any]]:
        """Decide the pairs of one system at every level of every stress; returns its entry of metrics.json.

        allowed, scores, crops : what verify() got and gave for all pairs of the set. thresholds : (P,) of each of them.
        """
        second, same = self.trials.second[self.pairs], self.trials.same[self.pairs]
        clean = (scores.value[self.pairs] >= thresholds[self.pairs]) == same
        lost = crops.status[second] != Status.FOUND
        table, matchers = {}, dict[int, Matcher]()
        for name, (stress, dataset) in self.sets.items():
            accepted = self._accepted(runner, dataset, allowed, thresholds, crops, matchers)
            runner.stages.clear_bases()
            status = runner.crops(dataset).status[self._rows(second, dataset)]
            right, levels = np.vstack([clean, accepted == same]), by_strength(stress.built)
            counts = zip((None, *levels), right, np.vstack([lost, status != Status.FOUND]), strict=True)
            half = half_level(right.T, np.array([stress.built.clean, *levels]), self.chance)
            table[name] = {
                "levels": [
                    {"level": level, "accuracy": float(row.mean()), "pairs": len(row), "not_found": int(missing.sum())}
                    for level, row, missing in counts
                ],
                "half_level": None if half is None else half._asdict(),
            }
        return table

    def _accepted(
        self,
        runner: SystemRunner,
        worse: Dataset,
        allowed: Trials | None,
        thresholds: np.ndarray,
        crops: Crops,
        matchers: dict[int, Matcher],
    ) -> np.ndarray:
        """Which pairs are taken for one person: (K, P) bool. matchers : those fitted so far, by fold."""
        worse_crops = runner.crops(worse)
        accepted = np.zeros((len(worse.images) // len(self.images), len(self.pairs)), bool)
        for number, fold in enumerate(encode_folds(runner, self.dataset, allowed, crops)):
            where = np.flatnonzero(np.isin(self.pairs, fold.tested))
            if not len(where):
                continue
            tested = self.trials[self.pairs[where]]
            rows = self._rows(tested.second, worse)
            encoded = runner.encode(Selection(worse_crops, np.unique(rows)), fold.training)
            value = _score(runner, fold, tested.first, encoded, rows, partial(_matcher, runner, fold, matchers, number))
            lost = without_face(crops)[tested.first] | without_face(worse_crops)[rows]
            accepted[:, where] = (value >= thresholds[self.pairs[where]]) & ~lost
        return accepted

    def _rows(self, second: np.ndarray, worse: Dataset) -> np.ndarray:
        """Where images (T,) of the set stand among those made worse: (K, T)."""
        levels = np.arange(0, len(worse.images), len(self.images))
        return np.searchsorted(self.images, second) + levels[:, None]

    def pictures(self) -> dict[str, list[np.ndarray]]:
        """Cut the face of one image, as it is and at every level, out of what surrounds it, by stress.

        The image is the first of a pair of one person that can be read.
        """
        genuine = self.pairs[self.trials.same[self.pairs]]
        for index in self.trials.second[genuine].tolist():
            with suppress(ImageError):
                image = self.dataset.images[index]
                x1, y1, x2, y2 = _around(face_box(self.dataset, index, image), image)
                return {
                    name: [
                        one[y1:y2, x1:x2]
                        for one in (image, *(worse.images[row] for row in self._rows(np.array([index]), worse)[:, 0]))
                    ]
                    for name, (_, worse) in self.sets.items()
                }
        return {}


def _around(box: np.ndarray, image: np.ndarray) -> tuple[int, int, int, int]:
    """A square half as wide again as the face, as far as there is image: x1 y1 x2 y2."""
    x, y = (box[:2] + box[2:]) / 2
    half = 0.75 * max(box[2] - box[0], box[3] - box[1], 2)
    height, width = image.shape[:2]
    x1, y1 = int(max(x - half, 0)), int(max(y - half, 0))
    return x1, y1, max(x1 + 1, int(min(x + half, width))), max(y1 + 1, int(min(y + half, height)))


def _matcher(runner: SystemRunner, fold: FoldVectors, fitted: dict[int, Matcher], number: int) -> Matcher:
    """The matcher of a fold, fitted once for all stresses."""
    if number not in fitted:
        fitted[number] = fitted_matcher(runner, fold)[0]
    return fitted[number]


def _score(
    runner: SystemRunner,
    fold: FoldVectors,
    first: np.ndarray,
    worse: Encoded,
    rows: np.ndarray,
    matcher: Callable[[], Matcher],
) -> np.ndarray:
    """(K, T) scores of the images (T,) as they are against those made worse (K, T)."""

    def make() -> dict[str, np.ndarray]:
        fitted = matcher()
        a = fold.encoded.of(first)
        value, seconds = timed(lambda: np.stack([fitted.score_pairs(a, worse.of(row)) for row in rows]))
        check_finite(value, "scores under stress")
        return {"value": value, "seconds": np.array(seconds)}

    learned = [fold.pairs.first, fold.pairs.second]
    name = f"stress-{digest(runner.matcher.key, fold.encoded.name, worse.name, first, rows, learned)}"
    made = runner.stages.store.arrays(name, make)
    runner.clock.add("match", name, float(made["seconds"]), rows.size)
    return made["value"]
