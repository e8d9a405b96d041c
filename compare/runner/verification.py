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
    labels : (M,) whose they are, as far as the system may know. pairs : (P,) indices of the pairs for a matcher, among
    those that may be learned from.
    """

    tested: np.ndarray
    images: np.ndarray
    labels: np.ndarray
    pairs: np.ndarray


def training_sets(dataset: Dataset, labels: str, allowed: Trials | None = None) -> Iterator[TrainingSet]:
    """Yield a training set for each fold of a set's trials; the set has to have labels and at least two folds.

    labels : "identities" gives all images of the other folds' people, where the set says who belongs to which fold,
    and else the images of the other folds' pairs, with who they show. "pairs" and "none" give the images of the other
    folds' pairs, each as if it were a person of its own. Whoever is in a pair of the tested fold is nowhere in what is
    given. allowed : the pairs that may be learned from, where fewer are tested; the set's own if it is None.
    """
    trials, people = dataset.trials, dataset.labels
    assert trials is not None and people is not None
    learned = trials if allowed is None else allowed
    for fold in np.unique(trials.fold):
        inside = learned.fold == fold
        free = ~np.isin(people, people[_images(learned, inside)])
        pairs = np.flatnonzero(~inside & free[learned.first] & free[learned.second])
        if labels == "identities" and _folds_of_people(dataset.fold, learned):
            assert dataset.fold is not None
            images = np.flatnonzero(free & (dataset.fold != fold))
        else:
            images = _images(learned, ~inside)
            images = images[free[images]]
        known = people[images] if labels == "identities" else np.arange(len(images))
        yield TrainingSet(np.flatnonzero(trials.fold == fold), images, known, pairs)


def _images(trials: Trials, chosen: np.ndarray) -> np.ndarray:
    return np.unique(np.concatenate([trials.first[chosen], trials.second[chosen]]))


def _folds_of_people(fold: np.ndarray | None, trials: Trials) -> bool:
    """Whether Dataset.fold means the folds of the trials, and not a gallery and its probes."""
    if fold is None:
        return False
    return bool((fold[trials.first] == trials.fold).all() and (fold[trials.second] == trials.fold).all())


#: Pairs that are scored at a time, so that their vectors do not fill the memory a second time.
PAIRS = 1024


def verify(runner: SystemRunner, dataset: Dataset, allowed: Trials | None = None) -> tuple[Scores, Crops]:
    """Score all pairs of the set's protocol.

    An encoder that learns is fitted on the suite's fit data; without such data on what training_sets() allows before
    each fold. A matcher that learns is fitted on the other folds' pairs. allowed : see training_sets().
    """
    if dataset.trials is None:
        raise UserError(f"{dataset.name} has no pairs: choose another set for [verification]")
    trials, crops = dataset.trials, runner.crops(dataset)
    learned = trials if allowed is None else allowed
    value = np.zeros(len(trials), np.float32)
    for fold, training in _folds(runner, dataset, learned, crops):
        tested, pairs = trials[fold.tested], learned[fold.pairs]
        images = np.unique(np.concatenate([tested.first, tested.second, pairs.first, pairs.second]))
        encoded = runner.encode(Selection(crops, images), training)
        value[fold.tested] = _score(runner, tested, pairs, encoded)
    without = (crops.status == Status.UNREADABLE) | crops.skipped
    broken = without[trials.first] | without[trials.second]
    value[broken] = value.min()  # a pair with an image that cannot be read, or shows no face, is never accepted
    return Scores(value, trials.same, trials.fold), crops


def first_training(runner: SystemRunner, dataset: Dataset, allowed: Trials | None = None) -> Selection | None:
    """Return what the encoder learns from before the first fold is scored, see verify(); None if it learns nothing."""
    assert dataset.trials is not None
    learned = dataset.trials if allowed is None else allowed
    return next(_folds(runner, dataset, learned, runner.crops(dataset)))[1]


def _score(runner: SystemRunner, tested: Trials, pairs: Trials, encoded: Encoded) -> np.ndarray:
    """(T,) scores of the tested pairs, by a matcher that is first fitted on the other ``pairs`` if it learns."""
    matcher = runner.matcher

    def make() -> dict[str, np.ndarray]:
        fitted, fit_seconds = matcher.built, 0.0
        if matcher.learns:
            a, b = encoded.of(pairs.first), encoded.of(pairs.second)
            fitted, fit_seconds = timed(lambda: matcher.fresh().fit(a, b, pairs.same))
        value, seconds = timed(lambda: _score_pairs(fitted, encoded, tested.first, tested.second))
        return {"value": value, "seconds": np.array(seconds), "fit_seconds": np.array(fit_seconds)}

    columns = [[one.first, one.second] for one in (tested, pairs)]
    name = f"scores-{matcher.name}-{digest(matcher.key, encoded.name, columns)}"
    made = runner.stages.store.arrays(name, make)
    if matcher.learns:
        runner.clock.add("fit", name, float(made["fit_seconds"]), 0)
    runner.clock.add("match", name, float(made["seconds"]), len(tested))
    return made["value"]


def _score_pairs(matcher: Matcher, encoded: Encoded, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    blocks = [slice(start, start + PAIRS) for start in range(0, len(first), PAIRS)]
    return np.concatenate([matcher.score_pairs(encoded.of(first[b]), encoded.of(second[b])) for b in blocks])


def _folds(
    runner: SystemRunner, dataset: Dataset, learned: Trials, crops: Crops
) -> Iterator[tuple[TrainingSet, Selection | None]]:
    """Yield the pairs that are scored together, and what the encoder is fitted on before."""
    trials = dataset.trials
    assert trials is not None and runner.encoder is not None
    outside = runner.fit_set()
    encoder_learns_here = runner.encoder.learns and outside is None
    if not encoder_learns_here and not runner.matcher.learns:
        nothing = np.zeros(0, np.int64)
        yield TrainingSet(np.arange(len(trials)), nothing, nothing, nothing), outside
        return
    if dataset.labels is None or len(np.unique(learned.fold)) < 2:
        component = runner.encoder if encoder_learns_here else runner.matcher
        raise UserError(
            f"{runner.system.name}: {component.name} has to be fitted, and {dataset.name} has no other "
            "folds to do it on: give the suite a [fit] data set"
        )
    for fold in training_sets(dataset, runner.system.labels, learned):
        shown = ~crops.skipped
        pairs = fold.pairs[shown[learned.first[fold.pairs]] & shown[learned.second[fold.pairs]]]
        fold = replace(
            fold,
            images=fold.images[shown[fold.images]],
            labels=fold.labels[shown[fold.images]],
            pairs=pairs if runner.matcher.learns else pairs[:0],
        )
        yield fold, Selection(crops, fold.images, fold.labels) if encoder_learns_here else outside
