"""What each system of a run costs, on a few images of its set: kept as artefacts, named after the machine, too.

A figure that was measured differs from one time to the next; so the second run reads what the first one measured.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np

from eigen2arc.compare.cost import worker
from eigen2arc.compare.cost.launch import cores, measure_apart
from eigen2arc.compare.cost.worker import STAGES, Measured, Task
from eigen2arc.core.artefacts import Arrays, digest, write_arrays
from eigen2arc.core.code_digest import code_digest
from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import ImageError
from eigen2arc.core.types import Dataset

from .distractors import has_distractors
from .identification import first_gallery
from .provenance import hardware, versions
from .results import Selection
from .subset import evenly
from .system_runner import SystemRunner
from .verification import first_training

#: Images that a system is measured on, all of them given at once.
IMAGES = 16


class Place(NamedTuple):
    """Where a system is measured: on so many threads of the processor, or on a GPU."""

    name: str
    threads: int
    device: str


def places(runner: SystemRunner, device: str) -> list[Place]:
    """List where a system is measured. device : what the run's setting leads to, see provenance.used_device."""
    found = [Place("one_thread", 1, "cpu")]
    if cores() > 1:
        found.append(Place("all_cores", cores(), "cpu"))
    if runner.has_networks and device.startswith("cuda"):
        found.append(Place("gpu", cores(), device.partition(" ")[0]))
    return found


def measure_cost(
    runner: SystemRunner,
    dataset: Dataset,
    whole: Dataset,
    task: str,
    device: str,
    measure: Callable[[Task], Measured] = measure_apart,
) -> dict[str, Any]:
    """Measure a system on some of a set's images: its entry "cost" of metrics.json, where report/schema.py has it.

    whole : the set without a limit, from which encoders learn. task : that of the suite which the set is for. device :
    see places. measure : what measures. What fails costs its own figures, and is said in a line.
    """
    indices, images = _images(dataset)
    if not images:
        return _entry({}, []) | {"failed": ["none of the images that were chosen can be read"]}
    annotated = None if dataset.faces is None else [dataset.faces[i].boxes for i in indices]
    inputs = {f"image-{n}": image for n, image in enumerate(images)}
    inputs |= {} if annotated is None else {f"boxes-{n}": boxes for n, boxes in enumerate(annotated)}
    training = _training(runner, dataset, whole, task)
    parts = [runner.detector, runner.aligner, *runner.preprocessing, runner.encoder, _matcher(runner)]
    source = [
        *(inputs, runner.stages.policy, [None if part is None else part.key for part in parts]),
        *("" if training is None else training.name, code_digest(worker.__name__), hardware("cpu"), versions()),
    ]
    measured: dict[str, Measured] = {}
    failed = []
    for place in places(runner, device):

        def make(place: Place = place) -> Arrays:
            with TemporaryDirectory() as folder:
                answer = measure(_task(runner, Path(folder), inputs, training, place))
            return {"measured": np.array(json.dumps(asdict(answer)))}

        try:
            made = runner.stages.store.arrays(
                f"cost-{digest(*source, place, device if place.name == 'gpu' else '')}", make
            )
        except UserError as error:
            failed.append(f"{place.name.replace('_', ' ')}: {error}")
            continue
        measured[place.name] = Measured(**json.loads(str(made["measured"])))
    return _entry(measured, images) | ({"failed": failed} if failed else {})


def _images(dataset: Dataset) -> tuple[list[int], list[np.ndarray]]:
    """Evenly chosen images that can be read, and which they are."""
    indices, images = [], []
    for index in evenly(len(dataset.images), IMAGES).tolist():
        with suppress(ImageError):
            images.append(dataset.images[index])
            indices.append(index)
    return indices, images


def _matcher(runner: SystemRunner) -> Component | None:
    """The matcher that is timed: none where an identifier takes its place, or it learns from pairs."""
    if runner.encoder is None or (runner.identifier is not None and "verification" not in runner.suite.tasks):
        return None
    return None if runner.matcher.learns else runner.matcher


def _training(runner: SystemRunner, dataset: Dataset, whole: Dataset, task: str) -> Selection | None:
    """What the encoder is fitted on: the suite's fit data, else what it has before the first fold, or round."""
    if runner.encoder is None or not runner.encoder.learns:
        return None
    outside = runner.fit_set()
    if outside is not None:
        return outside
    if task in ("verification", "factors"):
        return first_training(runner, dataset, whole.trials)
    return None if has_distractors(dataset) else first_gallery(runner, dataset)


def _task(runner: SystemRunner, folder: Path, inputs: Arrays, training: Selection | None, place: Place) -> Task:
    """Write what the measuring process reads, and tell it what to do."""
    write_arrays(folder / "inputs.npz", inputs)
    fitted = labelled = ""
    encoder, matcher = runner.encoder, _matcher(runner)
    if training is not None:
        assert encoder is not None and training.labels is not None
        if hasattr(encoder.built, "tensors"):
            fitted = str(folder / "fitted.npz")
            write_arrays(Path(fitted), runner.stages.fitted_whole(training, encoder).tensors())
        else:
            labelled = str(folder / "labelled.npz")
            write_arrays(Path(labelled), {"crops": training.of(training.whole.crops), "labels": training.labels})
    return Task(
        str(folder / "inputs.npz"),
        runner.detector.table(),
        None if runner.aligner is None else runner.aligner.table(),
        [step.table() for step in runner.preprocessing],
        None if encoder is None else encoder.table(),
        None if matcher is None else matcher.table(),
        fitted,
        labelled,
        place.device,
        place.threads,
        count=place.threads == 1,
        **runner.stages.policy._asdict(),
    )


def _entry(measured: dict[str, Measured], images: list[np.ndarray]) -> dict[str, Any]:
    """The entry of metrics.json, of what was measured at each place."""
    sides = sorted((image.shape[:2] for image in images), key=lambda side: side[0] * side[1])
    sizes = dict.fromkeys(f"{width} x {height}" for height, width in (*sides[:1], *sides[-1:]))
    first = next(iter(measured.values()), None)
    stages = {
        stage: {name: one.milliseconds[stage] for name, one in measured.items() if stage in one.milliseconds}
        for stage in STAGES
    }
    totals = {
        name: sum(spent for stage, spent in one.milliseconds.items() if stage != "match")
        for name, one in measured.items()
    }
    parts = next((one.parts for one in measured.values() if one.parts), {})
    return {
        "images": len(images),
        "image_size": " to ".join(sizes),
        **{key: _sum(key, parts) for key in ("parameters", "bytes", "multiply_adds")},
        "parts": parts,
        "stages": {stage: spent for stage, spent in stages.items() if spent},
        "milliseconds": totals,
        "peak_memory_bytes": None if first is None else first.peak_memory_bytes,
        "base_memory_bytes": None if first is None else first.base_memory_bytes,
        "busy": None if first is None else first.busy,
    }


def _sum(key: str, parts: dict[str, dict[str, int | None]]) -> int | None:
    """The sum over detector and encoder; None where one of them was not counted."""
    counts = [part[key] for part in parts.values()]
    known = [count for count in counts if count is not None]
    return sum(known) if known and len(known) == len(counts) else None
