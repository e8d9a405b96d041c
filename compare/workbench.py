"""The stages over whole data sets: every result is an artefact, made in chunks so that little is lost to a kill."""

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import Progress

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import ImageError
from eigen2arc.core.pipeline import cut, locate
from eigen2arc.core.types import Dataset, Faces, Status

from .artefacts import Arrays, Store, array_sha256, code_version, digest, file_digest
from .images import Remembered, limit
from .suite import Choice

#: Images in one artefact: a few seconds of work, which is what a kill costs at most.
CHUNK = 256


class Part:
    """A plug-in of a suite, imported and built when it is first used: a rerun that finds all artefacts loads none."""

    def __init__(self, kind: str, choice: Choice, defaults: dict[str, Any]) -> None:
        self.kind = kind
        self.plugin = plugins.find(kind, choice.name)
        usable = {k: v for k, v in defaults.items() if k in self.plugin.settings and v is not None}
        self.settings = usable | choice.settings

    @property
    def learns(self) -> bool:
        """Whether it has to be fitted; one that is given a fitted model does not."""
        return self.plugin.learns and "model" not in self.settings

    @cached_property
    def built(self) -> Any:
        return plugins.build(self.kind, self.plugin.name, **self.settings)

    @cached_property
    def key(self) -> str:
        """A digest of the plug-in, its settings, the files they name, and its code. The device is left out."""
        settings = {k: v for k, v in self.settings.items() if k != "device"}
        content = {k: file_digest(Path(v)) for k, v in settings.items() if isinstance(v, str) and Path(v).is_file()}
        return digest(self.kind, self.plugin.name, settings | content, code_version(self.plugin.track))


@dataclass(frozen=True)
class Crops:
    """One face per image: crops (N, S, S, 3) uint8, status (N,), where they came from, and how long it took."""

    crops: np.ndarray
    status: np.ndarray
    sha256: str
    detect_seconds: float
    align_seconds: float


@dataclass(frozen=True)
class Selection:
    """Some of a set's crops by their numbers (M,), with labels (M,) if they are to be learned from."""

    whole: Crops
    numbers: np.ndarray
    labels: np.ndarray | None = None

    @property
    def pixels(self) -> np.ndarray:
        """(M, S, S, 3) uint8, gathered only when an artefact is missing."""
        return self.whole.crops[self.numbers]

    @property
    def name(self) -> str:
        """A digest that says which crops these are; made of the whole set's hash, so no pixel is read for it."""
        return digest(self.whole.sha256, self.numbers, self.labels)


@dataclass(frozen=True)
class Encoded:
    """vectors (N, D) float32, the names of what was made, and the seconds that encoding and fitting took."""

    vectors: np.ndarray
    name: str
    seconds: float
    fit_name: str = ""
    fit_seconds: float = 0.0


class Workbench:
    """Runs the stages of systems over data sets, keeping what several of them share."""

    def __init__(
        self, store: Store, progress: Progress, *, data_root: Path | None, device: str, most: int | None
    ) -> None:
        self.store = store
        self.progress = progress
        self.defaults = {"root": data_root, "device": device}
        self.most = most
        self._parts: dict[str, Part] = {}
        self._datasets: dict[str, Dataset] = {}
        self._crops: dict[str, Crops] = {}

    def part(self, kind: str, choice: Choice) -> Part:
        """The same Part for the same choice, so that a model is loaded once."""
        key = digest(kind, choice.name, choice.settings)
        if key not in self._parts:
            self._parts[key] = Part(kind, choice, self.defaults)
        return self._parts[key]

    def dataset(self, choice: Choice, task: str) -> Dataset:
        """The data set of a task ("fit" is one), limited if that is wanted."""
        key = digest(choice.name, choice.settings, None if self.most is None else task)
        if key not in self._datasets:
            part = Part("dataset", choice, self.defaults)
            if "root" in part.plugin.settings and "root" not in part.settings:
                raise UserError(
                    f"the data set {choice.name} is read from disk: say where with --data-root or EIGEN2ARC_DATA"
                )
            dataset = part.built if self.most is None else limit(part.built, self.most, task)
            self._datasets[key] = replace(dataset, images=Remembered(dataset.images))
        return self._datasets[key]

    def faces(self, dataset: Dataset, detector: Part) -> tuple[list[Faces], float]:
        """What the detector finds in each image, and the seconds it took."""
        key = digest(dataset.images.version, detector.key)

        def make(chunk: range) -> Arrays:
            images = _read(dataset, chunk)
            seen = [image for image in images if image is not None]
            found, seconds = _timed(lambda: iter(detector.built.detect(seen)))
            return _pack([Faces.none() if image is None else next(found) for image in images], seconds)

        pieces = self._chunks(f"{detector.plugin.name} on {dataset.name}", f"faces-{key}", len(dataset.images), make)
        return [face for piece in pieces for face in _unpack(piece)], _seconds(pieces)

    def crops(self, dataset: Dataset, detector: Part, aligner: Part) -> Crops:
        """The one face of each image, cut out; see core.pipeline.locate for images without one."""
        annotated = [] if dataset.faces is None else [faces.boxes for faces in dataset.faces]
        key = digest(dataset.images.version, annotated, detector.key, aligner.key)
        if key in self._crops:
            return self._crops[key]
        found, detect_seconds = self.faces(dataset, detector)

        def make(chunk: range) -> Arrays:
            images = _read(dataset, chunk)
            blank = np.zeros((2, 2, 3), np.uint8)
            readable = [blank if image is None else image for image in images]
            known = None if dataset.faces is None else dataset.faces[chunk.start : chunk.stop]
            located, status = locate(readable, found[chunk.start : chunk.stop], known)
            status[[image is None for image in images]] = Status.UNREADABLE
            crops, seconds = _timed(lambda: cut(aligner.built, readable, located))
            return {"crops": crops, "status": status, "seconds": np.array(seconds)}

        label = f"{aligner.plugin.name} on {dataset.name}"
        pieces = self._chunks(label, f"crops-{key}", len(dataset.images), make)
        crops = np.concatenate([piece["crops"] for piece in pieces])
        sha256 = array_sha256(crops)
        status = np.concatenate([piece["status"] for piece in pieces])
        self._crops[key] = Crops(crops, status, sha256, detect_seconds, _seconds(pieces))
        return self._crops[key]

    def encode(self, crops: Crops, encoder: Part) -> Encoded:
        """The crops' vectors, by an encoder that learns nothing here."""

        def make(chunk: range) -> Arrays:
            vectors, seconds = _timed(lambda: encoder.built.encode(crops.crops[chunk.start : chunk.stop]))
            return {"vectors": vectors, "seconds": np.array(seconds)}

        name = f"vectors-{digest(crops.sha256, encoder.key)}"
        pieces = self._chunks(encoder.plugin.name, name, len(crops.crops), make)
        return Encoded(np.concatenate([piece["vectors"] for piece in pieces]), name, _seconds(pieces))

    def fit_and_encode(self, training: Selection, crops: Selection, encoder: Part) -> Encoded:
        """Fit a fresh encoder on some crops and encode others."""

        def make() -> Arrays:
            fresh = plugins.build("encoder", encoder.plugin.name, **encoder.settings)
            _, fit_seconds = _timed(lambda: fresh.fit(training.pixels, training.labels))
            vectors, seconds = _timed(lambda: fresh.encode(crops.pixels))
            return {"vectors": vectors, "fit_seconds": np.array(fit_seconds), "seconds": np.array(seconds)}

        fit_name = digest(training.name, encoder.key)
        name = f"fitted-{digest(fit_name, crops.name)}"
        task = self.progress.add_task(f"fit {encoder.plugin.name}", total=None)
        made = self.store.arrays(name, make)
        self.progress.remove_task(task)
        return Encoded(made["vectors"], name, float(made["seconds"]), fit_name, float(made["fit_seconds"]))

    def match(self, name: str, compare: Callable[[], np.ndarray], *inputs: Any) -> tuple[np.ndarray, float]:
        """The scores that ``compare`` gives for these inputs, and the seconds they took."""

        def make() -> Arrays:
            value, seconds = _timed(compare)
            return {"value": value, "seconds": np.array(seconds)}

        made = self.store.arrays(f"{name}-{digest(*inputs)}", make)
        return made["value"], float(made["seconds"])

    def _chunks(self, label: str, name: str, total: int, make: Callable[[range], Arrays]) -> list[Arrays]:
        if total == 0:
            raise UserError(f"{label}: there are no images")
        task = self.progress.add_task(label, total=total)
        pieces = []
        for start in range(0, total, CHUNK):
            chunk = range(start, min(start + CHUNK, total))
            pieces.append(self.store.arrays(f"{name}/{start:07d}", partial(make, chunk)))
            self.progress.update(task, completed=chunk.stop)
        self.progress.remove_task(task)
        return pieces


def _timed(function: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    result = function()
    return result, time.perf_counter() - start


def _seconds(pieces: Sequence[Arrays]) -> float:
    return float(sum(piece["seconds"] for piece in pieces))


def _read(dataset: Dataset, chunk: range) -> list[np.ndarray | None]:
    """The chunk's images, decoded in parallel; None for one that cannot be read."""

    def read(index: int) -> np.ndarray | None:
        try:
            return dataset.images[index]
        except ImageError:
            return None

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(read, chunk))


def _pack(found: list[Faces], seconds: float) -> Arrays:
    """Faces of several images as flat arrays."""
    points = [np.full((len(f), 5, 2), np.nan) if f.landmarks is None else f.landmarks for f in found]
    return {
        "count": np.array([len(f) for f in found], np.int64),
        "boxes": np.concatenate([f.boxes for f in found]),
        "scores": np.concatenate([f.scores for f in found]),
        "landmarks": np.concatenate(points),
        "seconds": np.array(seconds),
    }


def _unpack(arrays: Arrays) -> list[Faces]:
    stops = np.cumsum(arrays["count"])
    return [
        Faces(arrays["boxes"][a:b], arrays["scores"][a:b], arrays["landmarks"][a:b])
        for a, b in zip(stops - arrays["count"], stops, strict=True)
    ]
