"""One system on the data of a suite: what every task needs of it, and the task of pairs."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from eigen2arc.core.artefacts import digest
from eigen2arc.core.errors import UserError
from eigen2arc.core.stages import Matcher
from eigen2arc.core.types import Dataset, Scores, Status

from .component import Part
from .results import Crops, Encoded, Selection
from .stages import Workbench, timed
from .suite import Choice, Suite, System
from .training_sets import TrainingSet, training_sets

#: Pairs that are scored at a time, so that their vectors do not fill the memory a second time.
PAIRS = 1024


@dataclass
class Clock:
    """Seconds and how many things they went into, by stage and artefact: what two tasks share is counted once."""

    spent: dict[tuple[str, str], tuple[float, int]] = field(default_factory=dict)

    def add(self, stage: str, artefact: str, seconds: float, count: int) -> None:
        """Note that ``artefact`` took the stage ``seconds`` of work on ``count`` things."""
        self.spent[stage, artefact] = seconds, count

    def summary(self) -> dict[str, dict[str, float]]:
        """By stage: seconds, images (for "match": pairs) and how many of them a second."""
        rows: dict[str, dict[str, float]] = {}
        for (stage, _), (seconds, count) in self.spent.items():
            row = rows.setdefault(stage, {"seconds": 0.0, "images": 0})
            row["seconds"] += seconds
            row["images"] += count
        for row in rows.values():
            row["per_second"] = row["images"] / row["seconds"] if row["seconds"] else 0.0
        return rows


class Runner:
    """One system on the data of one suite."""

    def __init__(self, bench: Workbench, suite: Suite, system: System) -> None:
        self.bench, self.suite, self.system = bench, suite, system
        self.clock = Clock()
        self.detector = bench.part("detector", system.detector)
        self.aligner = bench.part("aligner", system.aligner) if system.aligner else None
        self.preprocessing = [bench.part("preprocessing", step) for step in system.preprocessing]
        self.encoder = bench.part("encoder", system.encoder) if system.encoder else None
        self.identifier = bench.part("identifier", system.identifier) if system.identifier else None
        if system.matcher is not None:
            self._check(bench.part("matcher", system.matcher))

    @property
    def matcher(self) -> Part:
        """The suite's matcher, or else the one that the encoder was made for."""
        assert self.encoder is not None
        return self._check(self.bench.part("matcher", self.system.matcher or Choice(self.encoder.built.matcher)))

    def _check(self, matcher: Part) -> Part:
        if matcher.learns and self.system.labels == "none":
            raise UserError(
                f"{self.system.name}: the matcher {matcher.plugin.name} learns from pairs, which labels = 'none' does "
                "not allow: choose labels = 'pairs', or another matcher"
            )
        return matcher

    def crops(self, dataset: Dataset) -> Crops:
        """The set's crops, their time counted."""
        assert self.aligner is not None
        crops = self.bench.crops(dataset, self.detector, self.aligner, self.preprocessing)
        self.clock.add("detect", crops.sha256, crops.detect_seconds, len(crops.crops))
        self.clock.add("align", crops.sha256, crops.align_seconds, len(crops.crops))
        if self.preprocessing:
            self.clock.add("preprocess", crops.sha256, crops.preprocess_seconds, len(crops.crops))
        return crops

    def encode(self, crops: Selection, training: Selection | None) -> Encoded:
        """The vectors of the selected crops, and maybe of more; an encoder that learns is fitted on ``training``."""
        assert self.encoder is not None
        if training is None:
            encoded = self.bench.encode(crops.whole, self.encoder)
            self.clock.add("encode", encoded.name, encoded.seconds, len(encoded.vectors))
            return encoded
        encoded = self.bench.fit_and_encode(training, crops, self.encoder)
        self.clock.add("fit", encoded.fit_name, encoded.fit_seconds, len(training.numbers))
        self.count_bases(encoded.bases, len(crops.whole.crops))
        self.clock.add("encode", encoded.name, encoded.seconds, 0 if encoded.bases else len(encoded.vectors))
        return encoded

    def count_bases(self, bases: tuple[tuple[str, float], ...], images: int) -> None:
        """Count the time of the encoders that this one learns from: once, and each image once, not once a base."""
        for number, (name, seconds) in enumerate(bases):
            self.clock.add("encode", name, seconds, 0 if number else images)

    def fit_set(self) -> Selection | None:
        """The suite's fit data; None if the encoder learns nothing or the suite names no data."""
        assert self.encoder is not None
        if not self.encoder.learns or self.suite.fit is None:
            return None
        dataset = self.bench.dataset(self.suite.fit, "fit")
        everyone = np.arange(len(dataset.images))
        if self.system.labels != "identities":
            return Selection(self.crops(dataset), everyone, everyone)
        if dataset.labels is None:
            raise UserError(f"suite {self.suite.name}: the fit data {dataset.name} does not say who is who")
        return Selection(self.crops(dataset), everyone, dataset.labels)


def verify(runner: Runner, dataset: Dataset) -> tuple[Scores, Crops]:
    """Score all pairs of the set's protocol.

    An encoder that learns is fitted on the suite's fit data; without such data on what training_sets() allows before
    each fold. A matcher that learns is fitted on the other folds' pairs.
    """
    if dataset.trials is None:
        raise UserError(f"{dataset.name} has no pairs: choose another set for [verification]")
    trials, crops = dataset.trials, runner.crops(dataset)
    value = np.zeros(len(trials), np.float32)
    for fold, training in _folds(runner, dataset, crops):
        judged = np.concatenate([fold.tested, fold.pairs])
        images = np.unique(np.concatenate([trials.first[judged], trials.second[judged]]))
        encoded = runner.encode(Selection(crops, images), training)
        value[fold.tested] = _score(runner, dataset, encoded, fold)
    unreadable = crops.status == Status.UNREADABLE
    broken = unreadable[trials.first] | unreadable[trials.second]
    value[broken] = value.min()  # nothing speaks for a pair that could not be looked at
    return Scores(value, trials.same, trials.fold), crops


def _score(runner: Runner, dataset: Dataset, encoded: Encoded, fold: TrainingSet) -> np.ndarray:
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

    name = f"scores-{matcher.plugin.name}-{digest(matcher.key, encoded.name, columns)}"
    made = runner.bench.store.arrays(name, make)
    if matcher.learns:
        runner.clock.add("fit", name, float(made["fit_seconds"]), 0)
    runner.clock.add("match", name, float(made["seconds"]), len(fold.tested))
    return made["value"]


def _score_pairs(matcher: Matcher, encoded: Encoded, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    blocks = [slice(start, start + PAIRS) for start in range(0, len(first), PAIRS)]
    return np.concatenate([matcher.score_pairs(encoded.of(first[b]), encoded.of(second[b])) for b in blocks])


def _folds(runner: Runner, dataset: Dataset, crops: Crops) -> Iterator[tuple[TrainingSet, Selection | None]]:
    """The pairs that are scored together, and what the encoder is fitted on before."""
    trials = dataset.trials
    assert trials is not None and runner.encoder is not None
    outside = runner.fit_set()
    encoder_learns_here = runner.encoder.learns and outside is None
    if not encoder_learns_here and not runner.matcher.learns:
        nothing = np.zeros(0, np.int64)
        yield TrainingSet(np.arange(len(trials)), nothing, nothing, nothing), outside
        return
    if dataset.labels is None or len(np.unique(trials.fold)) < 2:
        part = runner.encoder if encoder_learns_here else runner.matcher
        raise UserError(
            f"{runner.system.name}: {part.plugin.name} has to be fitted, and {dataset.name} has no other "
            "folds to do it on: give the suite a [fit] data set"
        )
    for fold in training_sets(dataset, runner.system.labels):
        if not runner.matcher.learns:
            fold = replace(fold, pairs=fold.pairs[:0])
        yield fold, Selection(crops, fold.images, fold.labels) if encoder_learns_here else outside
