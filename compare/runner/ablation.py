"""Ablation: one stage of a system exchanged at a time, and the loss of accuracy put down to the stages.

What is lost before the crop is told apart by a reference, the annotation or what is taken for it, in the detector's
place: for all of a face, only for which it is, and only for where it lies, see mixed_faces.py. That is a design of two
factors with two levels each (R. Fisher, "The Design of Experiments", 1935, chapter VI): the losses of the two need not
add up to the loss of both, and what is left over is their interaction.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from eigen2arc.core.align import points_in_boxes
from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError
from eigen2arc.core.metrics.comparison import compare
from eigen2arc.core.metrics.intervals import LEVEL
from eigen2arc.core.metrics.people_bootstrap import Draws
from eigen2arc.core.stages import Aligner
from eigen2arc.core.types import LANDMARK_NAMES, Dataset, Faces, Status

from .distractors import has_distractors
from .identification import closed_set, identify
from .mixed_faces import MixedFaces
from .stages import StageRunner
from .suite import Suite, System
from .system_runner import SystemRunner
from .uncertainty import of_identification, of_verification, people
from .verification import verify

#: What the faces of the set's annotation are called among the detectors.
ANNOTATED = "annotated"


@dataclass(frozen=True)
class Outcome:
    """What a system gave: its accuracy, or rank-1, and the same when other people are drawn, see people_bootstrap.

    not_found : images in which no face was found. crops : the SHA-256 of what the encoder saw.
    """

    draws: Draws
    not_found: int
    crops: str

    @property
    def accuracy(self) -> float:
        """The share of right decisions."""
        return self.draws.value


@dataclass(frozen=True)
class Variant:
    """A system of which something was exchanged. changed : what stands there now, by stage.

    faces : what answers in the detector's place, None for the detector.
    """

    changed: Mapping[str, str]
    system: System
    faces: MixedFaces | None = None

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return ", ".join(self.changed.values())


def ablated_task(suite: Suite, tested: Mapping[str, Dataset]) -> str:
    """Choose the task that losses are measured on, of the suite's data sets by task. Raises UserError for none."""
    task = next((one for one in ("verification", "identification") if one in tested), None)
    if task is None or has_distractors(tested[task]):
        raise UserError(f"--ablate: suite {suite.name} has neither pairs nor a closed gallery to measure losses on")
    return task


def ablate(
    stages: StageRunner,
    suite: Suite,
    systems: Sequence[System],
    tested: Mapping[str, Dataset],
    whole: Mapping[str, Dataset],
    axes: Sequence[str],
) -> dict[str, Any]:
    """Replace the stages ``axes``, some of alternatives.ABLATED, in a suite's systems; returns what JSON can hold.

    systems : those that can be run. tested, whole : the data set of each task, with a limit and without. Pairs are
    decided where there are some, else probes are looked up. The annotated face never stands in for one that was not
    found, which would hide what a detector lost, but the image's centre does. Raises UserError, see ablated_task().
    """
    task = ablated_task(suite, tested)
    annotated = tested[task].faces is not None
    policy = stages.policy
    if annotated and policy.on_missing == "annotation":
        policy = policy._replace(on_missing="centre")
    bench = _Bench(stages.under(policy), suite, systems, task, tested[task], whole[task])
    chosen = [system for system in systems if not suite.ablate.systems or system.id in suite.ablate.systems]
    bar = stages.progress.add_task("ablation", total=len(chosen))
    entries, left_out = [], list[str]()
    for system in chosen:
        entries.append(_ablate_system(bench, system, axes, left_out))
        stages.clear_bases()
        stages.progress.advance(bar)
    stages.progress.remove_task(bar)
    return {
        "task": task,
        "stages": list(axes),
        "level": LEVEL,
        "annotated": annotated,
        **policy._asdict(),
        "left_out": left_out,
        "systems": entries,
    }


@dataclass(frozen=True)
class _Bench:
    """What all variants are measured on. systems : those whose encoders are tried in each other's place."""

    stages: StageRunner
    suite: Suite
    systems: Sequence[System]
    task: str
    dataset: Dataset
    whole: Dataset

    def runner(self, variant: Variant) -> SystemRunner:
        return SystemRunner(self.stages, self.suite, variant.system, variant.faces)

    def measure(self, variant: Variant) -> Outcome:
        """Run a variant; what learns is fitted again, on its own crops."""
        runner = self.runner(variant)
        if self.task == "verification":
            scores, crops = verify(runner, self.dataset, self.whole.trials if runner.learns_here else None)
            _, answered = of_verification(self.stages.store, scores, self.dataset)
        else:
            rounds, crops = identify(runner, self.dataset)
            ranks, persons = closed_set(rounds, people(self.dataset)[0])
            _, answered = of_identification(ranks, persons, max(one.people for one in rounds))
        return Outcome(answered.draws, int(np.count_nonzero(crops.status != Status.FOUND)), crops.sha256)

    def mixed(self, reference: Component | None, detector: Component, its: Literal["choice", "place"]) -> MixedFaces:
        """Mix the faces of a detector and of a reference, both with the run's defaults."""
        known = None if reference is None else self.stages.component(reference)
        return MixedFaces(known, self.stages.component(detector), its)

    def points_given(self, variant: Variant) -> np.ndarray:
        """Find out which of the five points a variant's detector, or the annotation, ever gives: (5,) bool."""
        runner = self.runner(variant)
        faces = self.stages.faces(self.dataset, runner.detector)[0] if variant.faces is None else self.dataset.faces
        known = [np.isfinite(one.landmarks).all(axis=2) for one in faces or () if one.landmarks is not None]
        return np.asarray(np.concatenate([np.zeros((1, len(LANDMARK_NAMES)), bool), *known]).any(axis=0))

    def lacking_points(self, variant: Variant) -> str:
        """Say in words that the aligner uses points of which the detector gives none; "" where it gives some."""
        runner = self.runner(variant)
        assert runner.aligner is not None
        used = points_used(runner.aligner.built)
        if not used.any() or (used & self.points_given(variant)).any():
            return ""
        by = runner.detector.name if variant.faces is None else "the annotation"
        return f"{by} gives no points, and the aligner {runner.aligner.name} needs them"


def points_used(aligner: Aligner) -> np.ndarray:
    """Find out which of the five points an aligner uses, (5,) bool: those whose place changes the crop."""
    image = np.random.default_rng(0).integers(0, 256, (96, 96, 3)).astype(np.uint8)
    box = np.array([[16.0, 16.0, 80.0, 80.0]])
    points = points_in_boxes(box)
    still = aligner.align(image, Faces(box, np.ones(1), points))
    moved = points[None] + 6.0 * np.eye(len(LANDMARK_NAMES))[:, None, :, None]
    return np.array([(aligner.align(image, Faces(box, np.ones(1), one)) != still).any() for one in moved])


def _ablate_system(bench: _Bench, system: System, axes: Sequence[str], left_out: list[str]) -> dict[str, Any]:
    """One system's entry; adds a line to ``left_out`` for each variant that cannot be."""
    as_it_is = bench.measure(Variant({}, system))
    own = _own(bench, system)
    detectors = {own["detector"]: Variant({}, system)}
    outcomes = {own["detector"]: as_it_is}
    seen = {(as_it_is.crops, system.name): "as it is"}
    rows = []
    for variant in _variants(bench, system, axes):
        try:
            if lacking := bench.lacking_points(variant):
                raise UserError(lacking)
            outcome = bench.measure(variant)
        except UserError as error:
            left_out.append(f"{system.name}, {variant.name}: {error}")
            continue
        if variant.changed.keys() == {"detector"}:
            detectors[variant.name], outcomes[variant.name] = variant, outcome
        what = outcome.crops, variant.changed.get("encoder", system.name)
        rows.append(
            {
                "stage": " and ".join(variant.changed),
                "changed": dict(variant.changed),
                "accuracy": outcome.accuracy,
                "difference": _estimate(outcome.draws, as_it_is.draws),
                "not_found": outcome.not_found,
                "crops_sha256": outcome.crops,
                "same_crops_as": seen.get(what, ""),
            }
        )
        seen.setdefault(what, variant.name)
    return {
        "name": system.name,
        "id": system.id,
        "stages": own,
        "accuracy": as_it_is.accuracy,
        "not_found": as_it_is.not_found,
        "crops_sha256": as_it_is.crops,
        "variants": rows,
        **({"attribution": _attribute(bench, detectors, outcomes)} if "detector" in axes else {}),
    }


def _variants(bench: _Bench, system: System, axes: Sequence[str]) -> Iterator[Variant]:
    """Yield what is tried in place of a system's stages: all pairs of detector and aligner, else one at a time."""
    assert system.aligner is not None
    other = bench.suite.ablate
    detectors = [Variant({}, system)]
    if "detector" in axes:
        _, *named = _named(bench, system.detector, other.detector)
        detectors += [Variant({"detector": name}, replace(system, detector=one)) for name, one in named]
        if bench.dataset.faces is not None:
            detectors.append(Variant({"detector": ANNOTATED}, system, MixedFaces()))
    aligners: list[tuple[dict[str, str], Component]] = [({}, system.aligner)]
    if "aligner" in axes:
        _, *named = _named(bench, system.aligner, _aligners(bench, system.aligner))
        aligners += [({"aligner": name}, one) for name, one in named]
    for changed, aligner in aligners:
        for detector in detectors:
            both = {**detector.changed, **changed}
            if both:
                yield Variant(both, replace(detector.system, aligner=aligner), detector.faces)
    if "preprocessing" in axes:
        for steps in [(), *other.preprocessing]:
            if _keys(bench, steps) != _keys(bench, system.preprocessing):
                yield Variant({"preprocessing": _chain(steps)}, replace(system, preprocessing=steps))
    if "encoder" in axes:
        for one in bench.systems:
            parts = {
                name: getattr(one, name) for name in ("encoder", "matcher", "identifier", "labels", "trained_with")
            }
            if any(getattr(system, name) != value for name, value in parts.items()):
                yield Variant({"encoder": one.name}, replace(system, **parts))


def _aligners(bench: _Bench, own: Component) -> list[Component]:
    """The alternatives, which cut crops of the size that the system's own cuts where they name none."""
    return [one.with_defaults(size_px=own.settings.get("size_px")) for one in bench.suite.ablate.aligner]


def _keys(bench: _Bench, components: Sequence[Component]) -> list[str]:
    return [bench.stages.component(one).key for one in components]


def _named(bench: _Bench, own: Component, others: Sequence[Component]) -> list[tuple[str, Component]]:
    """The system's own and the alternatives that differ from it, by names that tell them apart."""
    different: dict[str, Component] = {}
    for one in [own, *others]:
        different.setdefault(bench.stages.component(one).key, one)
    names = [one.name for one in different.values()]
    return [(one.name if names.count(one.name) == 1 else _with_settings(one), one) for one in different.values()]


def _with_settings(component: Component) -> str:
    settings = ", ".join(f"{key} = {value}" for key, value in component.settings.items())
    return f"{component.name} ({settings})" if settings else component.name


def _chain(steps: Sequence[Component]) -> str:
    return ", ".join(map(_with_settings, steps)) or "none"


def _own(bench: _Bench, system: System) -> dict[str, str]:
    """What a system's own stages are called."""
    assert system.aligner is not None
    return {
        "detector": _named(bench, system.detector, bench.suite.ablate.detector)[0][0],
        "aligner": _named(bench, system.aligner, _aligners(bench, system.aligner))[0][0],
        "preprocessing": _chain(system.preprocessing),
        "encoder": system.name,
    }


def _estimate(one: Draws, other: Draws) -> dict[str, float]:
    """One less the other, with the interval over people, by the same draws of them."""
    made = compare(one, other)
    return {"value": made.difference, "low": made.low, "high": made.high}


def attribute(best: Draws, choice: Draws, place: Draws, both: Draws) -> dict[str, Any]:
    """Put the loss of accuracy from ``best`` to ``both`` down to its two parts, each as value, low and high.

    best : with the reference's faces. choice : with the detector's choice among them. place : with the reference's
    choice, and the detector's boxes and points of it. both : with the detector's faces. "interaction" is the whole
    loss less the sum of its parts; they add up where its interval holds 0.
    """
    losses = {name: _estimate(best, one) for name, one in {"choice": choice, "place": place, "both": both}.items()}
    losses["sum"] = _estimate(best - choice, place - best)
    left_over = _estimate(choice - both, best - place)
    return {"losses": losses, "interaction": left_over, "adds_up": left_over["low"] <= 0 <= left_over["high"]}


def _attribute(bench: _Bench, detectors: Mapping[str, Variant], outcomes: Mapping[str, Outcome]) -> dict[str, Any]:
    """The losses of each detector against the annotated faces.

    Where none are, or they lack the points, against those of the detector that gives the most points and misses the
    fewest faces: to take the one with the highest accuracy would be to find a loss in chance.
    """

    def weakness(name: str) -> tuple[int, int]:
        return -int(bench.points_given(detectors[name]).sum()), outcomes[name].not_found

    truth = ANNOTATED in outcomes
    reference = ANNOTATED if truth else min(outcomes, key=weakness)
    component = None if truth else detectors[reference].system.detector
    best, rows = outcomes[reference], []
    for name, outcome in outcomes.items():
        if name == reference:
            continue
        judged = detectors[name]
        parts = [
            bench.measure(replace(judged, faces=bench.mixed(component, judged.system.detector, its)))
            for its in ("choice", "place")
        ]
        rows.append(
            {"detector": name, "as_it_is": not judged.changed, "accuracy": outcome.accuracy}
            | attribute(best.draws, parts[0].draws, parts[1].draws, outcome.draws)
        )
    return {"reference": reference, "annotated": truth, "accuracy": best.accuracy, "detectors": rows}
