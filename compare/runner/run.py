"""From a suite to figures on disk: metrics.json, scores.csv, detections.csv and the report's pictures."""

import csv
import io
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import Progress

from eigen2arc.core.artefacts import Store
from eigen2arc.core.files import write_json, write_text
from eigen2arc.core.metrics import identification as identification_metrics
from eigen2arc.core.metrics import megaface
from eigen2arc.core.metrics import verification as verification_metrics
from eigen2arc.core.types import Dataset, Faces, Scores, Status

from . import detection as detect
from . import sample_images as pictures
from .distractors import has_distractors, identify_among
from .identification import identify
from .provenance import describe, hardware, learning, stages, track, versions
from .results import Crops
from .stages import Workbench
from .suite import Suite, System
from .verification import Runner, verify


class Run:
    """One run of a suite into a folder; call() does it all. What is collected here ends in metrics.json."""

    def __init__(self, suite: Suite, out: Path, bench: Workbench, device: str, command: str) -> None:
        self.suite, self.out, self.bench, self.device, self.command = suite, out, bench, device, command
        self.datasets = {task: bench.dataset(choice, task) for task, choice in suite.tasks.items()}
        self.score_rows: list[list[Any]] = []
        self.detection_rows: list[list[Any]] = []
        self.found: dict[str, list[Faces]] = {}

    def call(self) -> Path:
        """Run every system and write the figures. Returns the path of metrics.json."""
        ready = [Runner(self.bench, self.suite, system) for system in self.suite.systems if not _missing(system)]
        systems = []
        task = self.bench.progress.add_task(self.suite.title, total=len(ready))
        for runner in ready:
            systems.append(self._system(runner))
            self.bench.forget()
            self.bench.progress.advance(task)
        self.bench.progress.remove_task(task)
        document = {
            "suite": self.suite.name,
            "title": self.suite.title,
            "description": self.suite.description,
            "command": self.command,
            "eigen2arc": version("eigen2arc"),
            "versions": versions(),
            "hardware": hardware(self.device),
            "datasets": {task: describe(dataset) for task, dataset in self.datasets.items()},
            "left_out": [f"{s.name}: there is no file {s.needs}" for s in self.suite.systems if _missing(s)],
            "systems": systems,
            "samples": self._samples(),
        }
        self._write_rows("scores.csv", "system first second same fold score status_first status_second", "score_rows")
        self._write_rows("detections.csv", "system image score x1 y1 x2 y2 hit gain", "detection_rows")
        write_json(self.out / "metrics.json", document)
        return self.out / "metrics.json"

    def _system(self, runner: Runner) -> dict[str, Any]:
        system = runner.system
        figures: dict[str, Any] = {}
        if "identification" in self.datasets:
            figures |= self._identification(runner)
        if "verification" in self.datasets:
            figures |= self._verification(runner)  # its crop hash is the one that is shown, where there are two
        if "detection" in self.datasets:
            figures["detection"] = self._detection(runner)
        return {
            "name": system.name,
            "track": track(runner.detector, runner.encoder),
            "stages": stages(runner),
            "outside_data": system.outside_data,
            **({"learning": learning(runner)} if system.encoder is not None else {}),
            **({"beside": system.published.beside(figures)} if system.published is not None else {}),
            **figures,
            "timing": runner.clock.summary(),
        }

    def _verification(self, runner: Runner) -> dict[str, Any]:
        dataset = self.datasets["verification"]
        scores, crops = verify(runner, dataset)
        summary = verification_metrics.summary(scores, protocol=dataset.protocol, not_found=not_found(crops))
        accuracy = verification_metrics.accuracy_by_fold(scores)
        folds = np.unique(scores.fold)
        thresholds = np.asarray(accuracy.thresholds)[np.searchsorted(folds, scores.fold)]
        self._keep_scores(runner.system.name, scores, dataset, crops)
        figures = {
            "crops_sha256": crops.sha256,
            "verification": summary,
            "errors": pictures.worst_errors(self.out, scores, thresholds, dataset, crops.crops),
        }
        if "factors" in self.datasets:
            figures["factors"] = self._factors(runner, float(np.mean(accuracy.thresholds)))
        if "detection" not in self.datasets:
            found, _ = self.bench.faces(dataset, runner.detector)
            self.found.setdefault(runner.detector.plugin.name, found)
        return figures

    def _identification(self, runner: Runner) -> dict[str, Any]:
        dataset = self.datasets["identification"]
        if has_distractors(dataset):
            among, crops = identify_among(runner, dataset)
            figures = megaface.summary(*among, protocol=dataset.protocol, not_found=not_found(crops))
            return {"crops_sha256": crops.sha256, "identification": figures}
        rounds, crops = identify(runner, dataset)
        summary = identification_metrics.summary(
            [one.places for one in rounds],
            [one.probes for one in rounds],
            gallery=max(one.gallery for one in rounds),
            people=max(one.people for one in rounds),
            protocol=dataset.protocol,
            not_found=not_found(crops),
        )
        return {"crops_sha256": crops.sha256, "identification": summary}

    def _factors(self, runner: Runner, threshold: float) -> dict[str, list[dict[str, Any]]]:
        """Accuracy over the strength of one factor at a time, at the threshold of the main protocol."""
        dataset = self.datasets["factors"]
        scores, crops = verify(runner, dataset)
        assert dataset.trials is not None
        right = (scores.value >= threshold) == scores.same
        turned, missing = dataset.trials.second, crops.status != Status.FOUND
        swept, level = dataset.factors["swept"][turned], dataset.factors["level"][turned]
        table: dict[str, list[dict[str, Any]]] = {}
        for number in np.unique(swept):
            name = dataset.sweeps[int(number)]
            rows = [(swept == number) & (level == value) for value in np.unique(level[swept == number])]
            table[name] = [
                {
                    "level": float(level[row][0]),
                    "accuracy": float(right[row].mean()),
                    "pairs": int(row.sum()),
                    "not_found": int(missing[turned[row]].sum()),
                }
                for row in rows
            ]
        return table

    def _detection(self, runner: Runner) -> dict[str, Any]:
        dataset = self.datasets["detection"]
        judged = detect.detect(runner, dataset)
        self.found[runner.system.name] = [one.faces for one in judged]
        for name, one in zip(dataset.images.names, judged, strict=True):
            gains = [""] * len(one.faces) if one.gains is None else one.gains.tolist()
            columns = (one.faces.scores.tolist(), one.faces.boxes.tolist(), one.outcome.tolist(), gains)
            for score, box, hit, gain in zip(*columns, strict=True):
                self.detection_rows.append([runner.system.name, name, score, *box, hit, gain])
        return detect.figures(judged, dataset, detect.scale_of(runner))

    def _keep_scores(self, system: str, scores: Scores, dataset: Dataset, crops: Crops) -> None:
        assert dataset.trials is not None
        names, trials = dataset.images.names, dataset.trials
        columns = (trials.first, trials.second, scores.same, scores.fold, scores.value)
        for a, b, same, fold, value in zip(*(column.tolist() for column in columns), strict=True):
            status = int(crops.status[a]), int(crops.status[b])
            self.score_rows.append([system, names[a], names[b], int(same), fold, value, *status])

    def _samples(self) -> list[dict[str, Any]]:
        dataset = self.datasets.get("detection") or self.datasets.get("verification")
        return pictures.samples(self.out, dataset, self.found) if dataset is not None and self.found else []

    def _write_rows(self, name: str, header: str, attribute: str) -> None:
        rows = getattr(self, attribute)
        if rows:
            buffer = io.StringIO()
            csv.writer(buffer, lineterminator="\n").writerows([header.split(), *rows])
            write_text(self.out / name, buffer.getvalue())


def run(
    suite: Suite, out: Path, *, data_root: Path | None, device: str, most: int | None, command: str, progress: Progress
) -> Path:
    """Run a suite into the folder ``out`` and return the path of its metrics.json.

    most : at most so many pairs (images, where there are no pairs) a task; None for all.
    """
    bench = Workbench(Store(out / "artefacts"), progress, data_root=data_root, device=device, most=most)
    return Run(suite, out, bench, device, command).call()


def not_found(crops: Crops) -> int:
    """How many images' faces the detector did not find."""
    return int(np.count_nonzero(crops.status != Status.FOUND))


def _missing(system: System) -> bool:
    return bool(system.needs) and not Path(system.needs).is_file()
