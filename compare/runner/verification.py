"""Verification: every pair of a protocol scored, by parts that learned from nobody of the fold that is tested.

The words for what may be learned from are those of LFW: G. Huang, E. Learned-Miller, "Labeled Faces in the Wild:
Updates and New Reporting Procedures", UM-CS-2014-003.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from eigen2arc.core.artefacts import digest
from eigen2arc.core.errors import UserError
from eigen2arc.core.stages import Matcher
from eigen2arc.core.types import Dataset, Scores, Status, Trials

from .results import Crops, Encoded, Selection
from .stages import timed
from .system_runner import SystemRunner


@dataclass(frozen=True)
class TrainingSet:
    """One fold, and what may be learned from before it is scored.

    tested : (T,) indices of the pairs that are scored. images : (M,) indices of the images for an encoder, ascending;
    labels : (M,) whose they are, as far as the system may know. pairs : (P,) indices of the pairs for a matcher.
    """

    tested: np.ndarray
    images: np.ndarray
    labels: np.ndarray
    pairs: np.ndarray


def training_sets(dataset: Dataset, labels: str) -> Iterator[TrainingSet]:
    """Yield a training set for each fold of a set's trials; the set has to have labels and at least two folds.

    labels : "identities" gives all images of the other folds' people, where the set says who belongs to which fold,
    and else the images of the other folds' pairs, with who they show. "pairs" and "none" give the images of the other
    folds' pairs, each as if it were a person of its own. Whoever is in a tested pair is nowhere in what is given.
    """
    trials, people = dataset.trials, dataset.labels
    assert trials is not None and people is not None
    for fold in np.unique(trials.fold):
        inside = trials.fold == fold
        tested = people[_images(trials, inside)]
        free = ~np.isin(people, tested)
        pairs = np.flatnonzero(~inside & free[trials.first] & free[trials.second])
        if labels == "identities" and _folds_of_people(dataset):
            assert dataset.fold is not None
            images = np.flatnonzero(free & (dataset.fold != fold))
        else:
            images = _images(trials, ~inside)
            images = images[free[images]]
        known = people[images] if labels == "identities" else np.arange(len(images))
        yield TrainingSet(np.flatnonzero(inside), images, known, pairs)


def _images(trials: Trials, chosen: np.ndarray) -> np.ndarray:
    return np.unique(np.concatenate([trials.first[chosen], trials.second[chosen]]))


def _folds_of_people(dataset: Dataset) -> bool:
    """Whether Dataset.fold means the folds of the trials, and not a gallery and its probes."""
    trials, fold = dataset.trials, dataset.fold
    if trials is None or fold is None:
        return False
    return bool((fold[trials.first] == trials.fold).all() and (fold[trials.second] == trials.fold).all())


#: Pairs that are scored at a time, so that their vectors do not fill the memory a second time.
PAIRS = 1024


def verify(runner: SystemRunner, dataset: Dataset) -> tuple[Scores, Crops]:
    """Score all pairs of the set's protocol.

    An encoder that learns is fitted on the suite's fit data; without such data on what training_sets() allows before
    each fold. A matcher that learns is fitted on the other folds' pairs.
    """
    if dataset.trials is None:
        raise UserError(f"{dataset.name} has no pairs: choose another set for [verification]")
    trials, crops = dataset.trials, runner.crops(dataset)
    value = np.zeros(len(trials), np.float32)
    for fold, training in _folds(runner, dataset, crops):
        needed = np.concatenate([fold.tested, fold.pairs])
        images = np.unique(np.concatenate([trials.first[needed], trials.second[needed]]))
        encoded = runner.encode(Selection(crops, images), training)
        value[fold.tested] = _score(runner, dataset, encoded, fold)
    without = (crops.status == Status.UNREADABLE) | crops.skipped
    broken = without[trials.first] | without[trials.second]
    value[broken] = value.min()  # a pair with an image that cannot be read, or shows no face, is never accepted
    return Scores(value, trials.same, trials.fold), crops


def _score(runner: SystemRunner, dataset: Dataset, encoded: Encoded, fold: TrainingSet) -> np.ndarray:
    """(T,) scores of the tested pairs, by a matcher that is fitted first if it learns."""
    trials, matcher = dataset.trials, runner.matcher
    assert trials is not None
    columns = [[side[pairs] for side in (trials.first, trials.second)] for pairs in (fold.tested, fold.pairs)]

    def make() -> dict[str, np.ndarray]:
        fitted, fit_seconds = matcher.built, 0.0
        if matcher.learns:
            a, b = (encoded.of(side) for side in columns[1])
            fitted, fit_seconds = timed(lambda: matcher.fresh().fit(a, b, trials.same[fold.pairs]))
        value, seconds = timed(lambda: _score_pairs(fitted, encoded, *columns[0]))
        return {"value": value, "seconds": np.array(seconds), "fit_seconds": np.array(fit_seconds)}

    name = f"scores-{matcher.name}-{digest(matcher.key, encoded.name, columns)}"
    made = runner.stages.store.arrays(name, make)
    if matcher.learns:
        runner.clock.add("fit", name, float(made["fit_seconds"]), 0)
    runner.clock.add("match", name, float(made["seconds"]), len(fold.tested))
    return made["value"]


def _score_pairs(matcher: Matcher, encoded: Encoded, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    blocks = [slice(start, start + PAIRS) for start in range(0, len(first), PAIRS)]
    return np.concatenate([matcher.score_pairs(encoded.of(first[b]), encoded.of(second[b])) for b in blocks])


def _folds(runner: SystemRunner, dataset: Dataset, crops: Crops) -> Iterator[tuple[TrainingSet, Selection | None]]:
    """Yield the pairs that are scored together, and what the encoder is fitted on before."""
    trials = dataset.trials
    assert trials is not None and runner.encoder is not None
    outside = runner.fit_set()
    encoder_learns_here = runner.encoder.learns and outside is None
    if not encoder_learns_here and not runner.matcher.learns:
        nothing = np.zeros(0, np.int64)
        yield TrainingSet(np.arange(len(trials)), nothing, nothing, nothing), outside
        return
    if dataset.labels is None or len(np.unique(trials.fold)) < 2:
        component = runner.encoder if encoder_learns_here else runner.matcher
        raise UserError(
            f"{runner.system.name}: {component.name} has to be fitted, and {dataset.name} has no other "
            "folds to do it on: give the suite a [fit] data set"
        )
    for fold in training_sets(dataset, runner.system.labels):
        shown = ~crops.skipped
        pairs = fold.pairs[shown[trials.first[fold.pairs]] & shown[trials.second[fold.pairs]]]
        fold = replace(
            fold,
            images=fold.images[shown[fold.images]],
            labels=fold.labels[shown[fold.images]],
            pairs=pairs if runner.matcher.learns else pairs[:0],
        )
        yield fold, Selection(crops, fold.images, fold.labels) if encoder_learns_here else outside
