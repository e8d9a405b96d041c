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


@dataclass(frozen=True)
class FoldVectors:
    """The vectors of one fold's pairs, by an encoder that learned from nobody in them.

    tested : (T,) indices of the fold's pairs. pairs : those that a matcher may learn from. training : what the encoder
    was fitted on, None for one that was not. encoded : the vectors of all images of both.
    """

    tested: np.ndarray
    pairs: Trials
    training: Selection | None
    encoded: Encoded


def encode_folds(runner: SystemRunner, dataset: Dataset, allowed: Trials | None, crops: Crops) -> Iterator[FoldVectors]:
    """Encode the images of a set's pairs fold by fold; arguments as for verify()."""
    assert dataset.trials is not None
    trials, learned = dataset.trials, dataset.trials if allowed is None else allowed
    for fold, training in _folds(runner, dataset, learned, crops):
        tested, pairs = trials[fold.tested], learned[fold.pairs]
        images = np.unique(np.concatenate([tested.first, tested.second, pairs.first, pairs.second]))
        yield FoldVectors(fold.tested, pairs, training, runner.encode(Selection(crops, images), training))


def verify(runner: SystemRunner, dataset: Dataset, allowed: Trials | None = None) -> tuple[Scores, Crops]:
    """Score all pairs of the set's protocol.

    An encoder that learns is fitted on the suite's fit data; without such data on what training_sets() allows before
    each fold. A matcher that learns is fitted on the other folds' pairs. allowed : see training_sets().
    """
    if dataset.trials is None:
        raise UserError(f"{dataset.name} has no pairs: choose another set for [verification]")
    trials, crops = dataset.trials, runner.crops(dataset)
    value = np.zeros(len(trials), np.float32)
    for fold in encode_folds(runner, dataset, allowed, crops):
        value[fold.tested] = _score(runner, trials[fold.tested], fold)
    broken = without_face(crops)[trials.first] | without_face(crops)[trials.second]
    value[broken] = value.min()  # a pair with an image that cannot be read, or shows no face, is never accepted
    return Scores(value, trials.same, trials.fold), crops


def without_face(crops: Crops) -> np.ndarray:
    """Return which images cannot be read, or are left out for showing no face: (N,) bool."""
    return (crops.status == Status.UNREADABLE) | crops.skipped


def first_training(runner: SystemRunner, dataset: Dataset, allowed: Trials | None = None) -> Selection | None:
    """Return what the encoder learns from before the first fold is scored, see verify(); None if it learns nothing."""
    assert dataset.trials is not None
    learned = dataset.trials if allowed is None else allowed
    return next(_folds(runner, dataset, learned, runner.crops(dataset)))[1]


def _score(runner: SystemRunner, tested: Trials, fold: FoldVectors) -> np.ndarray:
    """(T,) scores of the tested pairs."""

    def make() -> dict[str, np.ndarray]:
        fitted, fit_seconds = fitted_matcher(runner, fold)
        value, seconds = timed(lambda: _score_pairs(fitted, fold.encoded, tested.first, tested.second))
        return {"value": value, "seconds": np.array(seconds), "fit_seconds": np.array(fit_seconds)}

    matcher = runner.matcher
    columns = [[one.first, one.second] for one in (tested, fold.pairs)]
    name = f"scores-{matcher.name}-{digest(matcher.key, fold.encoded.name, columns)}"
    made = runner.stages.store.arrays(name, make)
    if matcher.learns:
        runner.clock.add("fit", name, float(made["fit_seconds"]), 0)
    runner.clock.add("match", name, float(made["seconds"]), len(tested))
    return made["value"]


def fitted_matcher(runner: SystemRunner, fold: FoldVectors) -> tuple[Matcher, float]:
    """Return the matcher, first fitted on the pairs that a fold allows if it learns, and the seconds that it took."""
    matcher, encoded, pairs = runner.matcher, fold.encoded, fold.pairs
    if not matcher.learns:
        return matcher.built, 0.0
    a, b = encoded.of(pairs.first), encoded.of(pairs.second)
    return timed(lambda: matcher.fresh().fit(a, b, pairs.same))


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
