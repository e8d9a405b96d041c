"""What is measured: verification, identification, detection, and accuracy under one nuisance factor at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Dataset, Faces, Scores, Status

from .metrics.detection import match as match_faces
from .suite import Choice, Suite, System
from .workbench import Crops, Part, Selection, Workbench


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
        self.encoder = bench.part("encoder", system.encoder) if system.encoder else None

    @property
    def matcher(self) -> Part:
        """The suite's matcher, or else the one that the encoder was made for."""
        assert self.encoder is not None
        return self.bench.part("matcher", self.system.matcher or Choice(self.encoder.built.matcher))

    def crops(self, dataset: Dataset) -> Crops:
        """The set's crops, their time counted."""
        assert self.aligner is not None
        crops = self.bench.crops(dataset, self.detector, self.aligner)
        self.clock.add("detect", crops.sha256, crops.detect_seconds, len(crops.crops))
        self.clock.add("align", crops.sha256, crops.align_seconds, len(crops.crops))
        return crops

    def vectors(self, crops: Selection, training: Selection | None) -> np.ndarray:
        """(M, D) vectors of the selected crops; an encoder that learns is fitted on ``training`` first."""
        assert self.encoder is not None
        if training is None:
            encoded = self.bench.encode(crops.whole, self.encoder)
            self.clock.add("encode", encoded.name, encoded.seconds, len(encoded.vectors))
            return encoded.vectors[crops.numbers]
        encoded = self.bench.fit_and_encode(training, crops, self.encoder)
        self.clock.add("fit", encoded.fit_name, encoded.fit_seconds, len(training.numbers))
        self.clock.add("encode", encoded.name, encoded.seconds, len(encoded.vectors))
        return encoded.vectors

    def fit_set(self) -> Selection | None:
        """The suite's fit data; None if the encoder learns nothing or the suite names no data."""
        assert self.encoder is not None
        if not self.encoder.learns or self.suite.fit is None:
            return None
        dataset = self.bench.dataset(self.suite.fit, "fit")
        if dataset.labels is None:
            raise UserError(f"suite {self.suite.name}: the fit data {dataset.name} does not say who is who")
        return Selection(self.crops(dataset), np.arange(len(dataset.labels)), dataset.labels)


def verify(runner: Runner, dataset: Dataset) -> tuple[Scores, Crops]:
    """Score all pairs of the set's protocol.

    An encoder that learns is fitted on the suite's fit data; without such data on the images of all folds but the
    one that it is tested on, leaving out every person of that fold.
    """
    if dataset.trials is None:
        raise UserError(f"{dataset.name} has no pairs: choose another set for [verification]")
    assert runner.encoder is not None
    trials, crops = dataset.trials, runner.crops(dataset)
    value = np.zeros(len(trials), np.float32)
    for pairs, training in _folds(runner, dataset, crops):
        images = np.unique(np.concatenate([trials.first[pairs], trials.second[pairs]]))
        vectors = runner.vectors(Selection(crops, images), training)
        a, b = (vectors[np.searchsorted(images, side[pairs])] for side in (trials.first, trials.second))
        name, key = runner.matcher.plugin.name, runner.matcher.key
        value[pairs], seconds = runner.bench.match(f"scores-{name}", partial(_score_pairs, runner, a, b), key, a, b)
        runner.clock.add("match", str(pairs[0]), seconds, len(pairs))
    unreadable = crops.status == Status.UNREADABLE
    broken = unreadable[trials.first] | unreadable[trials.second]
    value[broken] = value.min()  # nothing speaks for a pair that could not be looked at
    return Scores(value, trials.same, trials.fold), crops


def _score_pairs(runner: Runner, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    value: np.ndarray = runner.matcher.built.score_pairs(a, b)
    return value


def _folds(runner: Runner, dataset: Dataset, crops: Crops) -> Iterator[tuple[np.ndarray, Selection | None]]:
    """Pair numbers that are scored together, and what the encoder is fitted on before."""
    trials = dataset.trials
    assert trials is not None and runner.encoder is not None
    training = runner.fit_set()
    if training is not None or not runner.encoder.learns:
        yield np.arange(len(trials)), training
        return
    if dataset.labels is None or len(np.unique(trials.fold)) < 2:
        raise UserError(
            f"{runner.system.name}: {runner.encoder.plugin.name} has to be fitted, and {dataset.name} has no other "
            "folds to do it on: give the suite a [fit] data set"
        )
    for fold in np.unique(trials.fold):
        inside = trials.fold == fold
        tested = np.unique(np.concatenate([trials.first[inside], trials.second[inside]]))
        others = np.unique(np.concatenate([trials.first[~inside], trials.second[~inside]]))
        others = others[~np.isin(dataset.labels[others], dataset.labels[tested])]
        yield np.flatnonzero(inside), Selection(crops, others, dataset.labels[others])


def identify(runner: Runner, dataset: Dataset) -> tuple[np.ndarray, np.ndarray, np.ndarray, Crops]:
    """Probes (images of fold 1) against the gallery (fold 0): similarity (P, G), the labels of both, the crops.

    An encoder that learns is fitted on the suite's fit data; without such data on the gallery.
    """
    if dataset.labels is None or dataset.fold is None:
        raise UserError(f"{dataset.name} has no gallery: choose another set for [identification]")
    assert runner.encoder is not None
    crops, labels = runner.crops(dataset), dataset.labels
    gallery, probes = np.flatnonzero(dataset.fold == 0), np.flatnonzero(dataset.fold == 1)
    training = runner.fit_set()
    if training is None and runner.encoder.learns:
        training = Selection(crops, gallery, labels[gallery])
    vectors = runner.vectors(Selection(crops, np.arange(len(labels))), training)
    a, b = vectors[probes], vectors[gallery]
    similarity, seconds = runner.bench.match(
        f"similarity-{runner.matcher.plugin.name}",
        lambda: runner.matcher.built.score(a, b),
        runner.matcher.key,
        a,
        b,
    )
    runner.clock.add("match", "identification", seconds, similarity.size)
    return similarity, labels[probes], labels[gallery], crops


def detect(runner: Runner, dataset: Dataset) -> tuple[list[Faces], list[np.ndarray]]:
    """The faces found in each image, and which of them hit an annotated one."""
    if dataset.faces is None:
        raise UserError(f"{dataset.name} has no annotated faces: choose another set for [detection]")
    found, seconds = runner.bench.faces(dataset, runner.detector)
    runner.clock.add("detect", dataset.images.version, seconds, len(found))
    return found, [match_faces(f, truth.boxes) for f, truth in zip(found, dataset.faces, strict=True)]
