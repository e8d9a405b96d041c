"""Identification among distractors: a person's other image against many strangers, see metrics.megaface."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from eigen2arc.core.artefacts import Arrays, digest
from eigen2arc.core.code_digest import code_digest
from eigen2arc.core.errors import UserError
from eigen2arc.core.metrics import megaface
from eigen2arc.core.types import Dataset

from .results import Crops, Selection
from .stages import timed
from .system_runner import SystemRunner


class Strangers(NamedTuple):
    """The two strangers that are most like each of P known images, the first the most alike.

    images : (P, 2) int64, their indices in the set, -1 where there is none. scores : (P, 2) float32, how alike.
    """

    images: np.ndarray
    scores: np.ndarray

    def add(self, images: np.ndarray, scores: np.ndarray) -> "Strangers":
        """Return the two most alike among these and the ``images`` (N,) with ``scores`` (P, N)."""
        left, rows = scores.copy(), np.arange(len(scores))
        who, values = [self.images], [self.scores]
        for _ in range(min(2, len(images))):
            best = left.argmax(axis=1)
            who.append(images[best, None])
            values.append(left[rows, best, None])
            left[rows, best] = -np.inf
        both, pair = np.concatenate(values, axis=1), np.concatenate(who, axis=1)
        first = np.argsort(-both, axis=1, kind="stable")[:, :2]
        return Strangers(np.take_along_axis(pair, first, 1), np.take_along_axis(both, first, 1))

    @classmethod
    def none(cls, images: int) -> "Strangers":
        """Return nobody, for so many images."""
        return cls(np.full((images, 2), -1, np.int64), np.full((images, 2), -np.inf, np.float32))


class AmongStrangers(NamedTuple):
    """Whom a trial's probe is taken for: images by their indices in the set, the mate or strangers, -1 for none.

    named, score : the most alike one; runner_up, runner_up_score : the next. mate : the probe's own other image.
    """

    probe: int
    mate: int
    named: int
    score: float
    runner_up: int
    runner_up_score: float


class DistractorTrials(NamedTuple):
    """The arguments of core.metrics.megaface.summary(): see there."""

    own: np.ndarray
    probe: np.ndarray
    labels: np.ndarray
    best: np.ndarray
    top: np.ndarray
    counts: list[int]


#: Distractors that are compared with all probes at a time.
BLOCK = 4096


def has_distractors(dataset: Dataset) -> bool:
    """Tell whether a set has no gallery, but people, and images of nobody known: the distractors."""
    if dataset.labels is None or dataset.fold is not None or dataset.splits is not None:
        return False
    return bool((dataset.labels < 0).any() and (dataset.labels >= 0).any())


def identify_among_distractors(
    runner: SystemRunner, dataset: Dataset
) -> tuple[DistractorTrials, list[AmongStrangers], Crops]:
    """Find every person's other image among the distractors, taken in the set's order; returns trials and crops.

    Between the two stands what each trial's probe is taken for.

    An encoder that learns is fitted on the suite's fit data. Raises UserError without such data, for an identifier or
    a matcher that learns, and where nobody has two images.
    """
    assert dataset.labels is not None and runner.encoder is not None
    if runner.identifier is not None or runner.matcher.learns:
        raise UserError(f"{runner.system.name}: {dataset.name} has no gallery to learn from: choose a plain matcher")
    training = runner.fit_set()
    if runner.encoder.learns and training is None:
        name = runner.encoder.name
        raise UserError(f"{runner.system.name}: {name} has to be fitted: give the suite a [fit] data set")
    crops = runner.crops(dataset)
    encoded = runner.encode(Selection(crops, np.arange(len(dataset.labels))), training)
    known, strangers = np.flatnonzero(dataset.labels >= 0), np.flatnonzero(dataset.labels < 0)
    labels = dataset.labels[known]
    probe, mate = megaface.trials(labels)
    if not len(probe):
        raise UserError(f"{dataset.name}: nobody has two images, so there is nobody to be found again")
    counts = megaface.distractor_counts(len(strangers))
    matcher, probes = runner.matcher, encoded.of(known)

    closest = [Strangers.none(len(known))]

    def blocks() -> Iterator[np.ndarray]:
        for start in range(0, len(strangers), BLOCK):
            block = strangers[start : start + BLOCK]
            score = matcher.built.score(probes, encoded.of(block))
            score[crops.skipped[known]], score[:, crops.skipped[block]] = -np.inf, -np.inf
            closest[0] = closest[0].add(block, score)
            yield score

    def make() -> Arrays:
        highest = megaface.allowed_impostors(len(known) * len(strangers)) + 1
        (best, top), seconds = timed(lambda: megaface.tally(blocks(), len(known), counts, highest))
        own = matcher.built.score_pairs(probes[probe], probes[mate])
        own[crops.skipped[known[probe]] | crops.skipped[known[mate]]] = -np.inf
        return {"best": best, "top": top, "own": own, "seconds": np.array(seconds)} | closest[0]._asdict()

    inputs = digest(encoded.name, matcher.key, code_digest(megaface.__name__), dataset.labels, crops.skipped)
    name = f"strangers-{inputs}"
    made = runner.stages.store.arrays(name, make)
    runner.clock.add("match", name, float(made["seconds"]), len(known) * len(strangers))
    answers = _answers(known[probe], known[mate], made["own"], Strangers(made["images"], made["scores"]), probe)
    return DistractorTrials(made["own"], probe, labels, made["best"], made["top"], counts), answers, crops


def _answers(
    probes: np.ndarray, mates: np.ndarray, own: np.ndarray, closest: Strangers, row: np.ndarray
) -> list[AmongStrangers]:
    """Whom each trial's probe is taken for; ``row`` (T,) of its probe in ``closest``. A stranger wins a tie."""
    answers = []
    columns = (probes.tolist(), mates.tolist(), own.tolist(), closest.images[row], closest.scores[row])
    for probe, mate, score, images, scores in zip(*columns, strict=True):
        ranked = [*zip(images.tolist(), scores.tolist(), strict=True), (mate, score)]
        first, second = sorted(ranked, key=lambda one: -one[1])[:2]
        answers.append(AmongStrangers(probe, mate, *first, *second))
    return answers
