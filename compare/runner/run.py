"""From a suite to metrics on disk: metrics.json, the tables of what each system said, and the report's images."""

import csv
import io
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rich.progress import Progress

from eigen2arc.core.artefacts import Store
from eigen2arc.core.files import Json, write_json, write_text
from eigen2arc.core.image import ImageError
from eigen2arc.core.metrics import hter, megaface
from eigen2arc.core.metrics import identification as identification_metrics
from eigen2arc.core.metrics import verification as verification_metrics
from eigen2arc.core.types import Dataset, Faces, Scores, Status

from . import acquisition, answers, detection, groups, named_people
from .ablation import ablate, ablated_task
from .cost import measure_cost
from .distractors import has_distractors, identify_among_distractors
from .failures import Decided, failures
from .guards import compare_with_tests
from .identification import closed_set, identify
from .keep import keep_system
from .needs import missing
from .open_set import open_set, operating
from .pictures import shrunk, write_picture
from .provenance import describe_stages, describe_task, hardware, learning, track, used_device, versions
from .recommended import recommended_threshold
from .results import Crops
from .stages import StageRunner
from .stress import StressTest
from .subset import limit
from .suite import TASKS, Suite
from .system_runner import SystemRunner
from .uncertainty import Answered, comparisons, of_detection, of_identification, of_verification, thresholds
from .verification import verify

#: Of metrics.json: one that is read was written by the same rules.
FORMAT = 3


class Identified(NamedTuple):
    """What one system gave in identification: metrics, rows of three tables, and what it is compared by."""

    metrics: dict[str, Any]
    answer_rows: list[list[Any]]
    confusion_rows: list[list[Any]]
    people_rows: list[list[Any]]
    answered: Answered


class SystemResults(NamedTuple):
    """What one system gave: its entry of metrics.json, rows of the tables, and faces to show.

    found : those in all images of the set whose samples are shown, by the name that stands beside them.
    answered : by task, what it is compared by. decided : its pairs, where there are any.
    """

    entry: dict[str, Any]
    score_rows: list[list[Any]]
    identified: Identified | None
    detection_rows: list[list[Any]]
    found: dict[str, list[Faces]]
    answered: dict[str, Answered]
    decided: list[Decided]


class Run:
    """One run of a suite into a folder; call() does it all and writes metrics.json and what goes with it."""

    def __init__(
        self,
        suite: Suite,
        out: Path,
        stages: StageRunner,
        *,
        device: str,
        most: int | None,
        command: str,
        ablated: Sequence[str] = (),
        cost: bool = False,
        fmr: float | None = None,
        datasets: Mapping[str, Dataset] | None = None,
        photos: Json | None = None,
        known: np.ndarray | None = None,
    ) -> None:
        self.suite, self.out, self.stages, self.device, self.command = suite, out, stages, device, command
        self.with_cost, self.fmr, self.photos, self.known = cost, fmr, photos, known
        self.ready = [SystemRunner(stages, suite, system) for system in suite.systems if not missing(system)]
        given = datasets or {}
        self.whole = {task: given.get(task) or stages.dataset(choice) for task, choice in suite.tasks.items()}
        self.datasets = self.whole
        self.ablated = ablated
        if ablated:
            ablated_task(suite, self.whole)  # said at once, and not after all systems have run
        if most is not None:
            learned = any(runner.encoder is not None and runner.learns_here for runner in self.ready)
            self.datasets = {task: limit(whole, most, task, learned_from=learned) for task, whole in self.whole.items()}
        self.stress = StressTest(suite.stress, self.datasets["verification"]) if suite.stress is not None else None

    def call(self) -> Path:
        """Run every system and write the metrics. Returns the path of metrics.json."""
        learned = [learning(runner) if runner.encoder is not None else None for runner in self.ready]
        results = []
        task = self.stages.progress.add_task(self.suite.title, total=len(self.ready))
        for number, (runner, words) in enumerate(zip(self.ready, learned, strict=True), 1):
            where = f"system {number} of {len(self.ready)}, {runner.system.name}"
            self.stages.progress.update(task, description=where)
            results.append(self._system(runner, words))
            self.stages.clear_bases()
            self.stages.progress.advance(task)
        self.stages.progress.remove_task(task)
        found: dict[str, list[Faces]] = {}
        for one in results:
            found = found | {name: faces for name, faces in one.found.items() if name not in found}
        answered = {
            task: {runner.system.id: one.answered[task] for runner, one in zip(self.ready, results, strict=True)}
            for task in (results[0].answered if results else ())
        }
        shared = self._failures(results)
        document = {
            "format": FORMAT,
            "suite": self.suite.name,
            "title": self.suite.title,
            "description": self.suite.description,
            "command": self.command,
            "eigen2arc": version("eigen2arc"),
            "versions": versions(),
            "hardware": hardware(self.device if any(runner.has_networks for runner in self.ready) else "cpu"),
            "datasets": {task: self._description(task) | self._policy(task) for task in self.datasets},
            "left_out": [f"{system.name}: {what}" for system in self.suite.systems if (what := missing(system))],
            "systems": [one.entry for one in results],
            "comparisons": comparisons(answered),
            **({"failures": shared} if shared else {}),
            "samples": self._samples(found),
            **({"ablation": self._ablation()} if self.ablated else {}),
            **self._guards(),
            **({"photos": self.photos} if self.photos is not None else {}),
            **({"stress": self._stress_description(self.stress)} if self.stress is not None else {}),
        }
        header = "system first second same fold score status_first status_second first_person second_person"
        _write_rows(self.out / "scores.csv", header, [row for one in results for row in one.score_rows])
        named = [one.identified for one in results if one.identified is not None]
        for table, header, rows in (
            ("answers", answers.HEADER, [row for one in named for row in one.answer_rows]),
            ("confusions", named_people.CONFUSIONS, [row for one in named for row in one.confusion_rows]),
            ("people", named_people.PEOPLE, [row for one in named for row in one.people_rows]),
        ):
            _write_rows(self.out / f"{table}.csv", header, rows)
        header = "system image score x1 y1 x2 y2 hit gain"
        _write_rows(self.out / "detections.csv", header, [row for one in results for row in one.detection_rows])
        _write_rows(self.out / "images.csv", "image faces", self._annotated())
        write_json(self.out / "metrics.json", document)
        return self.out / "metrics.json"

    def _ablation(self) -> dict[str, Any]:
        systems = [runner.system for runner in self.ready if runner.encoder is not None]
        return ablate(self.stages, self.suite, systems, self.datasets, self.whole, self.ablated)

    def _failures(self, results: list[SystemResults]) -> dict[str, Any]:
        """Add to the systems' entries the pairs that they are shown with; returns those that systems share."""
        decided = [one for result in results for one in result.decided]
        if not decided:
            return {}
        by_system, shared = failures(self.out, decided, self.datasets["verification"])
        for result in results:
            result.entry.update(by_system[result.entry["id"]])
        return shared

    def _description(self, task: str) -> dict[str, Any]:
        return describe_task(task, self.datasets[task], self.whole[task], self.suite.tasks[task])

    def _stress_description(self, stress: StressTest) -> dict[str, Any]:
        """The test under stress, with the images that show its levels."""
        made = stress.describe()
        for name, levels in stress.pictures().items():
            made["stresses"][name]["pictures"] = [write_picture(self.out, shrunk(one, LEVEL_SIDE_PX)) for one in levels]
        return made

    def _protocol(self, task: str) -> str:
        """What was run, in one line: the set's own, or where fewer were tested which."""
        made = self._description(task)
        return f"{made['tested']}; {made['protocol']}" if made["limited"] else made["protocol"]

    def _policy(self, task: str) -> dict[str, str]:
        """Which face an image is about; where faces are only detected, all count."""
        return {} if task == "detection" else self.suite.policy._asdict()

    def _system(self, runner: SystemRunner, learned: dict[str, str] | None) -> SystemResults:
        system = runner.system
        metrics: dict[str, Any] = {}
        score_rows: list[list[Any]] = []
        identified: Identified | None = None
        detection_rows: list[list[Any]] = []
        found: dict[str, list[Faces]] = {}
        answered: dict[str, Answered] = {}
        decided: list[Decided] = []
        if "identification" in self.datasets:
            identified = self._identification(runner)
            metrics |= identified.metrics
            answered["identification"] = identified.answered
        if "verification" in self.datasets:
            verified, score_rows, answered["verification"], made = self._verification(runner)
            decided.append(made)
            metrics |= verified  # its crop hash is the one that is shown, where there are two
        if "detection" in self.datasets:
            detected, detection_rows, found[system.name], answered["detection"] = self._detection(runner)
            metrics["detection"] = detected
        elif "verification" in self.datasets:
            found[runner.detector.name], _ = self.stages.faces(self.datasets["verification"], runner.detector)
        entry = {
            "name": system.name,
            "id": system.id,
            "track": track(runner.encoder or runner.detector),
            "stages": describe_stages(runner),
            "outside_data": system.outside_data,
            **({"learning": learned} if learned is not None else {}),
            **({"remarks": remarks} if (remarks := runner.remarks) else {}),
            **({"beside": system.published.compare(metrics)} if system.published is not None else {}),
            **metrics,
            "timing": runner.clock.summary(),
            **({"cost": self._cost(runner)} if self.with_cost else {}),
        }
        return SystemResults(entry, score_rows, identified, detection_rows, found, answered, decided)

    def _verification(self, runner: SystemRunner) -> tuple[dict[str, Any], list[list[Any]], Answered, Decided]:
        dataset = self.datasets["verification"]
        allowed = self.whole["verification"].trials if runner.learns_here else None
        scores, crops = verify(runner, dataset, allowed)
        protocol = self._protocol("verification")
        lost = acquisition.of_pairs(scores, dataset, crops)
        summary = verification_metrics.summary(scores, protocol=protocol, not_found=lost["images"])
        if (half_total := hter.summary(scores)) is not None:
            summary["hter"] = half_total
        summary |= groups.of_pairs(scores, thresholds(scores), dataset)
        summary["failure_to_acquire"] = lost
        sure, answered = of_verification(self.stages.store, scores, dataset)
        metrics = {
            "crops_sha256": crops.sha256,
            "verification": summary | sure | self._recommended(runner, dataset),
        }
        if self.stress is not None:
            metrics["stress"] = self.stress.measure(runner, allowed, scores, thresholds(scores), crops)
        if "factors" in self.datasets:
            metrics["factors"] = self._factors(runner, summary["threshold"]["mean"])
        decided = Decided(runner.system.id, scores, thresholds(scores), lambda: runner.crops(dataset).crops)
        return metrics, _score_rows(runner.system.name, scores, dataset, crops), answered, decided

    def _recommended(self, runner: SystemRunner, dataset: Dataset) -> dict[str, Any]:
        return {} if self.fmr is None else {"recommended": recommended_threshold(runner, dataset, self.fmr)}

    def _identification(self, runner: SystemRunner) -> Identified:
        dataset, protocol = self.datasets["identification"], self._protocol("identification")
        assert dataset.labels is not None
        if has_distractors(dataset):
            trials, taken_for, crops = identify_among_distractors(runner, dataset)
            metrics = megaface.summary(*trials, protocol=protocol, not_found=not_found(crops))
            rank = megaface.ranks(trials.own, trials.best[-1][trials.probe])
            sure, answered = of_identification([rank], [trials.labels[trials.probe]], metrics["gallery"])
            rows = answers.distractor_rows(runner.system.name, taken_for, rank, dataset, crops)
            return Identified({"crops_sha256": crops.sha256, "identification": metrics | sure}, rows, [], [], answered)
        rounds, crops = identify(runner, dataset)
        ranks, persons = closed_set(rounds, dataset.labels)
        lost = acquisition.of_probes(rounds, dataset, crops)
        metrics = identification_metrics.summary(
            ranks,
            gallery=max(one.gallery for one in rounds),
            people=max(one.people for one in rounds),
            protocol=protocol,
            not_found=lost["images"],
        )
        metrics |= groups.of_probes(rounds, dataset)
        metrics["failure_to_acquire"] = lost
        sure, answered = of_identification(ranks, persons, metrics["people"])
        among, ends = open_set(rounds, dataset, crops)
        metrics |= among
        sure["intervals"] |= ends
        at = operating(rounds, crops)
        rows = answers.answer_rows(runner.system.name, rounds, at, dataset, crops)
        named = named_people.named_people(runner.system.name, rounds, at, dataset, crops, self.out)
        metrics["answers"] = named.entry
        kept = keep_system(runner, dataset, rounds, at, self.out, self.known)
        made = {"crops_sha256": crops.sha256, "identification": metrics | sure, "kept": kept}
        return Identified(made, rows, named.confusion_rows, named.people_rows, answered)

    def _factors(self, runner: SystemRunner, threshold: float) -> dict[str, list[dict[str, Any]]]:
        """Accuracy over the strength of one factor at a time, at the threshold of the main protocol."""
        dataset = self.datasets["factors"]
        scores, crops = verify(runner, dataset, self.whole["factors"].trials if runner.learns_here else None)
        assert dataset.trials is not None
        right = (scores.value >= threshold) == scores.same
        changed, missing = dataset.trials.second, crops.status != Status.FOUND
        swept, level = dataset.factors["swept"][changed], dataset.factors["level"][changed]
        table: dict[str, list[dict[str, Any]]] = {}
        for factor in np.unique(swept):
            name = dataset.sweeps[int(factor)]
            rows = [(swept == factor) & (level == value) for value in np.unique(level[swept == factor])]
            table[name] = [
                {
                    "level": float(level[row][0]),
                    "accuracy": float(right[row].mean()),
                    "pairs": int(row.sum()),
                    "not_found": int(missing[changed[row]].sum()),
                }
                for row in rows
            ]
        return table

    def _detection(self, runner: SystemRunner) -> tuple[dict[str, Any], list[list[Any]], list[Faces], Answered]:
        dataset = self.datasets["detection"]
        matched = detection.detect(runner, dataset)
        rows = []
        for name, one in zip(dataset.images.names, matched, strict=True):
            gains = [""] * len(one.faces) if one.gains is None else one.gains.tolist()
            columns = (one.faces.scores.tolist(), one.faces.boxes.tolist(), one.outcome.tolist(), gains)
            for score, box, hit, gain in zip(*columns, strict=True):
                rows.append([runner.system.name, name, score, *box, hit, gain])
        scale = self.stages.attribute(runner.detector, "test_scale", detection.AS_THEY_ARE)
        sure, answered = of_detection(matched, dataset)
        summary = detection.summary(matched, dataset, scale) | {"protocol": self._protocol("detection")} | sure
        return summary, rows, [one.faces for one in matched], answered

    def _guards(self) -> dict[str, Any]:
        """What the fit data share with the tests; nothing where no system is fitted on them."""
        if self.suite.fit is None or not any(one.encoder is not None and one.encoder.learns for one in self.ready):
            return {}
        fit = self.stages.dataset(self.suite.fit, training=True)
        return {"guards": compare_with_tests(fit, self.datasets, self.stages.store, self.stages.progress, self.out)}

    def _cost(self, runner: SystemRunner) -> dict[str, Any]:
        task = next(task for task in TASKS if task in self.datasets)
        device = used_device(self.device) if runner.has_networks else "cpu"
        return measure_cost(runner, self.datasets[task], self.whole[task], task, device)

    def _annotated(self) -> list[list[Any]]:
        """A row for each image of the detection: how many faces are to be found in it."""
        dataset = self.datasets.get("detection")
        if dataset is None or dataset.faces is None:
            return []
        return [[name, len(one.counted)] for name, one in zip(dataset.images.names, dataset.faces, strict=True)]

    def _samples(self, found: dict[str, list[Faces]]) -> list[dict[str, Any]]:
        dataset = self.datasets.get("detection") or self.datasets.get("verification")
        return samples(self.out, dataset, found) if dataset is not None and found else []


def _score_rows(system: str, scores: Scores, dataset: Dataset, crops: Crops) -> list[list[Any]]:
    assert dataset.trials is not None
    names, trials = dataset.images.names, dataset.trials
    person = [
        answers.name_of(dataset, -1 if dataset.labels is None else int(dataset.labels[i])) for i in range(len(names))
    ]
    columns = (trials.first, trials.second, scores.same, scores.fold, scores.value)
    return [
        [system, names[a], names[b], int(same), fold, value, *crops.status[[a, b]].tolist(), person[a], person[b]]
        for a, b, same, fold, value in zip(*(column.tolist() for column in columns), strict=True)
    ]


def _write_rows(path: Path, header: str, rows: list[list[Any]]) -> None:
    if rows:
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerows([header.split(), *rows])
        write_text(path, buffer.getvalue())


def run(
    suite: Suite,
    out: Path,
    *,
    data_root: Path | None,
    device: str,
    most: int | None,
    command: str,
    progress: Progress,
    ablated: Sequence[str] = (),
    cost: bool = False,
    fmr: float | None = None,
    datasets: Mapping[str, Dataset] | None = None,
    photos: Json | None = None,
    known: np.ndarray | None = None,
) -> Path:
    """Run a suite into the folder ``out`` and return the path of its metrics.json.

    most : at most so many pairs, probes or images are tested in a task, see subset.limit(); None for all. ablated : the
    stages that are exchanged in every system, see ablation.ablate(). cost : whether to measure what each system costs,
    too, see cost.measure_cost(). fmr : the false match rate that thresholds are recommended for, None for no such ones.
    datasets : by task, instead of those that the suite names. photos : what the check of a folder of photos found.
    known : (N,) bool, the images of the identification by which kept systems know people, see keep.keep_system.
    """
    store, policy = Store(out / "artefacts"), suite.policy
    stages = StageRunner(store, progress, data_root=data_root, device=device, policy=policy)
    made = Run(
        suite,
        out,
        stages,
        device=device,
        most=most,
        command=command,
        ablated=ablated,
        cost=cost,
        fmr=fmr,
        datasets=datasets,
        photos=photos,
        known=known,
    )
    return made.call()


def not_found(crops: Crops) -> int:
    """Count the images in which the detector found no face."""
    return int(np.count_nonzero(crops.status != Status.FOUND))


SAMPLES_SHOWN = 6
SAMPLE_SIDE_PX = 480
LEVEL_SIDE_PX = 96


def samples(run_dir: Path, dataset: Dataset, found: dict[str, list[Faces]]) -> list[dict[str, Any]]:
    """Return evenly spaced images with the annotated faces and what each detector found, scaled to a report's size.

    One that cannot be read is not shown; it is counted among those where no face was found.
    """
    chosen = np.unique(np.linspace(0, len(dataset.images) - 1, SAMPLES_SHOWN + 2).astype(int)[1:-1])
    shown = {name: _best(dataset, faces) for name, faces in found.items()}
    sampled = []
    for index in chosen.tolist():
        with suppress(ImageError):
            sampled.append(_sample(run_dir, dataset, shown, index))
    return sampled


def _best(dataset: Dataset, found: list[Faces]) -> list[Faces]:
    """A detector's best faces, as many in the whole set as are annotated, or all where that is not known.

    With a threshold low enough for a whole curve an image would show little but false alarms.
    """
    if dataset.faces is None:
        return found
    faces = sum(len(annotated.counted) for annotated in dataset.faces)
    scores = np.sort(np.concatenate([one.scores for one in found]))[::-1]
    if len(scores) <= faces:
        return found
    return [one[one.scores >= scores[max(faces - 1, 0)]] for one in found]


def _sample(run_dir: Path, dataset: Dataset, found: dict[str, list[Faces]], index: int) -> dict[str, Any]:
    image = dataset.images[index]
    scale = min(1.0, SAMPLE_SIDE_PX / max(image.shape[:2]))
    small = shrunk(image, SAMPLE_SIDE_PX)
    height, width = small.shape[:2]
    truth = [] if dataset.faces is None else (dataset.faces[index].counted.boxes * scale).round(1).tolist()
    detections = {
        name: [
            {"box": box, "score": score, "landmarks": points}
            for box, score, points in zip(
                (faces[index].boxes * scale).round(1).tolist(),
                faces[index].scores.tolist(),
                _points(faces[index], scale),
                strict=True,
            )
        ]
        for name, faces in found.items()
    }
    return {
        "image": dataset.images.names[index],
        "picture": write_picture(run_dir, small),
        "width": width,
        "height": height,
        "truth": truth,
        "detections": detections,
    }


def _points(faces: Faces, scale: float) -> list[list[list[float] | None] | None]:
    """Five points a face, None for one that the detector does not know (JSON has no NaN)."""
    if faces.landmarks is None:
        return [None] * len(faces)
    return [
        [[round(float(x * scale), 1), round(float(y * scale), 1)] if np.isfinite(x) else None for x, y in points]
        for points in faces.landmarks
    ]
