"""The process in which a system is measured: `python -m eigen2arc.compare.cost.worker`, told what to do on stdin.

One JSON object comes in, see Task, and one goes out, see Measured, or {"error": a line}. The system has the process to
itself: threads are capped before anything is loaded, and the largest memory that it takes is its own.
"""

import json
import logging
import math
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from eigen2arc.core.artefacts import read_arrays
from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError, first_line
from eigen2arc.core.peak_memory import peak_bytes
from eigen2arc.core.pipeline import cut, locate
from eigen2arc.core.types import Faces

from .count import multiply_adds, size

#: A pass is at least so long: what takes less is done several times in it.
LEAST_S = 0.02

#: Stages in the order in which a face goes through them. All but "match" are counted by the face.
STAGES = ("detect", "align", "preprocess", "encode", "match")


@dataclass(frozen=True)
class Task:
    """What is to be measured, and how.

    inputs : a file of arrays: "image-0" and so on, uint8 RGB, "boxes-0" where faces are annotated. detector, aligner,
    preprocessing, encoder, matcher : tables of a name and settings, None for what there is not. fitted : the file of
    what the encoder learned, else "". labelled : the file of crops and labels that it is fitted on, for an encoder that
    cannot hand over what it learned, else "". threads : 1 counts the time that the processor works, on which other
    programs have no bearing; more, and a GPU, the time that goes by. passes, seconds : of each stage so many, fewer
    where they take longer. count : whether to count what the parts hold, too. on_missing, choose : see core.pipeline.
    """

    inputs: str
    detector: dict[str, Any]
    aligner: dict[str, Any] | None = None
    preprocessing: list[dict[str, Any]] = field(default_factory=list)
    encoder: dict[str, Any] | None = None
    matcher: dict[str, Any] | None = None
    fitted: str = ""
    labelled: str = ""
    device: str = "cpu"
    threads: int = 1
    passes: int = 5
    seconds: float = 5.0
    count: bool = True
    on_missing: str = "annotation"
    choose: str = "central"


@dataclass(frozen=True)
class Measured:
    """What came of it.

    milliseconds : by stage, of an image or a face, for "match" of a comparison. parts : of the detector and the encoder
    parameters, bytes and multiply_adds, of an image or a crop. peak_memory_bytes : the largest memory of the process;
    base_memory_bytes : what that was before a model, and what it is made with, was loaded. busy : the share of the time
    that other programs took from one thread; None of several.
    """

    milliseconds: dict[str, float]
    parts: dict[str, dict[str, int | None]]
    base_memory_bytes: int
    peak_memory_bytes: int
    busy: float | None = None


def measure(task: Task) -> Measured:
    """Build the system and run its stages on the task's images. Raises UserError for what a run would refuse, too."""
    cv2.setNumThreads(task.threads)
    base = peak_bytes()
    inputs = read_arrays(Path(task.inputs))
    numbers = range(sum(name.startswith("image-") for name in inputs))
    images = [inputs[f"image-{n}"] for n in numbers]
    known = [Faces(boxes, np.ones(len(boxes))) for n in numbers if (boxes := inputs.get(f"boxes-{n}")) is not None]
    alone = task.threads == 1 and task.device == "cpu"
    clock = time.process_time if alone else time.perf_counter
    worked = passed = 0.0

    def milliseconds(function: Callable[[], Any], items: int) -> tuple[Any, float]:
        nonlocal worked, passed
        before = time.process_time(), time.perf_counter()
        result, seconds = timed(function, clock, task.passes, task.seconds)
        worked, passed = worked + time.process_time() - before[0], passed + time.perf_counter() - before[1]
        return result, 1000 * seconds / items

    spent: dict[str, float] = {}
    detector = _component("detector", task.detector, task.device)
    plugin: Any = None
    finds = detector.built
    found, spent["detect"] = milliseconds(lambda: finds.detect(images), len(images))
    encoder, crops = None, np.zeros((0, 1, 1, 3), np.uint8)
    if task.aligner is not None and task.encoder is not None:
        aligner = _component("aligner", task.aligner, task.device)
        on_missing: Any = "skip" if task.on_missing == "error" else task.on_missing
        choose: Any = task.choose
        located, _ = locate(images, found, known or None, on_missing=on_missing, choose=choose)
        encoder = _component("encoder", task.encoder, task.device)
        plugin = _fitted(encoder, task)
        cuts = aligner.built
        crops = cut(cuts, images, located)
        if len(crops):
            _, spent["align"] = milliseconds(lambda: cut(cuts, images, located), len(crops))
            steps = [_component("preprocessing", step, task.device).built for step in task.preprocessing]
            if steps:
                crops, spent["preprocess"] = milliseconds(lambda: _applied(steps, crops), len(crops))
            vectors, spent["encode"] = milliseconds(lambda: plugin.encode(crops), len(crops))
            if task.matcher is not None:
                matcher = _component("matcher", task.matcher, task.device).built
                _, spent["match"] = milliseconds(lambda: matcher.score(vectors, vectors), len(vectors) ** 2)
    peak = peak_bytes()
    parts = {}
    if task.count:
        parts["detector"] = _part(detector, finds, lambda: finds.detect(images), len(images))
        if encoder is not None:
            parts["encoder"] = _part(encoder, plugin, lambda: plugin.encode(crops), max(1, len(crops)))
    return Measured(spent, parts, base, peak, max(0.0, 1 - worked / passed) if alone else None)


def timed(function: Callable[[], Any], clock: Callable[[], float], passes: int, seconds: float) -> tuple[Any, float]:
    """Time a function: its result and the median seconds of a call, over ``passes`` after a first call to warm up.

    Once ``seconds`` have gone by no further pass is begun.
    """
    end = time.perf_counter() + seconds
    result = function()
    start = time.perf_counter()
    function()
    calls = max(1, math.ceil(LEAST_S / max(time.perf_counter() - start, 1e-9)))
    taken: list[float] = []
    while not taken or (len(taken) < passes and time.perf_counter() < end):
        start = clock()
        for _ in range(calls):
            function()
        taken.append((clock() - start) / calls)
    return result, float(np.median(taken))


def _component(kind: str, table: dict[str, Any], device: str) -> Component:
    """A component on the device: whatever its settings say, the one that is measured counts."""
    component = Component.parse(kind, table, "cost")
    if "device" in component.plugin.settings:
        component.settings["device"] = device
    return component


def _fitted(encoder: Component, task: Task) -> Any:
    if task.fitted:
        return encoder.fresh().restore(read_arrays(Path(task.fitted)))
    if task.labelled:
        labelled = read_arrays(Path(task.labelled))
        return encoder.fresh().fit(labelled["crops"], labelled["labels"])
    return encoder.built


def _applied(steps: Iterable[Any], crops: np.ndarray) -> np.ndarray:
    for step in steps:
        crops = step.apply(crops)
    return crops


def _part(component: Component, plugin: Any, run: Callable[[], object], items: int) -> dict[str, int | None]:
    return {**size(component, plugin)._asdict(), "multiply_adds": multiply_adds(plugin, run, items)}


def main() -> None:
    """Read the task from stdin, measure and write what came of it."""
    output = os.dup(1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no message
    logging.disable()
    warnings.simplefilter("ignore")
    try:
        answer = asdict(measure(Task(**json.load(sys.stdin))))
    except UserError as error:
        answer = {"error": str(error)}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {first_line(error)}"}
    os.write(output, json.dumps(answer).encode())


if __name__ == "__main__":
    main()
