"""The stages over whole data sets: every result is an artefact, made in chunks so that little is lost to a kill."""

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import Progress

from eigen2arc.core.artefacts import Arrays, Store, array_sha256, digest
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import ImageError
from eigen2arc.core.pipeline import cut, locate
from eigen2arc.core.stages import FusedEncoder
from eigen2arc.core.types import Dataset, Faces, Status

from .component import Component
from .results import Crops, Encoded, Selection
from .subset import CachedImages, limit
from .suite import Choice

#: Crops cached in memory for the systems that come after; older ones are read from disk again.
CACHED_CROPS_BYTES = 1 << 30


class StageRunner:
    """Runs the stages of systems over data sets and caches what several of them share."""

    def __init__(
        self, store: Store, progress: Progress, *, data_root: Path | None, device: str, most: int | None
    ) -> None:
        self.store = store
        self.progress = progress
        self.defaults = {"root": data_root, "device": device}
        self.most = most
        self._components: dict[str, Component] = {}
        self._datasets: dict[str, Dataset] = {}
        self._crops: dict[str, Crops] = {}
        self._bases: dict[str, Encoded] = {}

    def component(self, kind: str, choice: Choice) -> Component:
        """Return the Component of a choice, the same one for the same choice, so that a model is loaded once."""
        key = digest(kind, choice.name, choice.settings)
        if key not in self._components:
            self._components[key] = Component(kind, choice, self.defaults)
        return self._components[key]

    def dataset(self, choice: Choice, task: str) -> Dataset:
        """Return the data set of a task ("fit" is one), limited to ``most`` where that is given.

        Raises UserError where it is read from disk and there is no data root.
        """
        key = digest(choice.name, choice.settings, None if self.most is None else task)
        if key not in self._datasets:
            component = Component("dataset", choice, self.defaults)
            if "root" in component.plugin.settings and "root" not in component.settings:
                raise UserError(
                    f"the data set {choice.name} is read from disk: say where with --data-root or EIGEN2ARC_DATA"
                )
            dataset = component.built if self.most is None else limit(component.built, self.most, task)
            self._datasets[key] = replace(dataset, images=CachedImages(dataset.images))
        return self._datasets[key]

    def faces(self, dataset: Dataset, detector: Component) -> tuple[list[Faces], float]:
        """Detect the faces of each image; returns them, none for an image that cannot be read, and the seconds."""
        key = digest(dataset.images.version, detector.key)

        def make(chunk: range) -> Arrays:
            images = read_images(dataset, chunk)
            seen = [image for image in images if image is not None]
            found, seconds = timed(lambda: iter(detector.built.detect(seen)))
            return _pack_faces([Faces.none() if image is None else next(found) for image in images], seconds)

        label = f"{detector.plugin.name} on {dataset.name}"
        pieces = list(self.store.chunks(f"faces-{key}", len(dataset.images), make, self.progress, label))
        return [face for piece in pieces for face in _unpack_faces(piece)], sum(
            float(piece["seconds"]) for piece in pieces
        )

    def crops(
        self, dataset: Dataset, detector: Component, aligner: Component, preprocessing: Sequence[Component] = ()
    ) -> Crops:
        """Cut the one face out of each image and preprocess it; see core.pipeline.locate for images without one."""
        annotated = [] if dataset.faces is None else [faces.boxes for faces in dataset.faces]
        key = digest(
            dataset.images.version, annotated, detector.key, aligner.key, *[step.key for step in preprocessing]
        )
        if key not in self._crops:
            if preprocessing:
                made = self._preprocessed(self.crops(dataset, detector, aligner), preprocessing)
            else:
                made = self._aligned(dataset, detector, aligner, key)
            while self._crops and sum(c.crops.nbytes for c in [made, *self._crops.values()]) > CACHED_CROPS_BYTES:
                del self._crops[next(iter(self._crops))]
            self._crops[key] = made
        return self._crops[key]

    def _aligned(self, dataset: Dataset, detector: Component, aligner: Component, key: str) -> Crops:
        found, detect_seconds = self.faces(dataset, detector)

        def make(chunk: range) -> Arrays:
            images = read_images(dataset, chunk)
            blank = np.zeros((2, 2, 3), np.uint8)
            readable = [blank if image is None else image for image in images]
            known = None if dataset.faces is None else dataset.faces[chunk.start : chunk.stop]
            located, status = locate(readable, found[chunk.start : chunk.stop], known, on_missing="annotation")
            status[[image is None for image in images]] = Status.UNREADABLE
            crops, seconds = timed(lambda: cut(aligner.built, readable, located))
            return {"crops": crops, "status": status, "seconds": np.array(seconds)}

        label = f"{aligner.plugin.name} on {dataset.name}"
        whole = self.store.rows(f"crops-{key}", len(dataset.images), make, self.progress, label)
        sha256 = array_sha256(whole["crops"])
        return Crops(whole["crops"], whole["status"], sha256, detect_seconds, float(whole["seconds"]))

    def _preprocessed(self, crops: Crops, steps: Sequence[Component]) -> Crops:
        def make(chunk: range) -> Arrays:
            def apply() -> np.ndarray:
                pixels = crops.crops[chunk.start : chunk.stop]
                for step in steps:
                    pixels = step.built.apply(pixels)
                return pixels

            made, seconds = timed(apply)
            return {"crops": made, "seconds": np.array(seconds)}

        name = f"preprocessed-{digest(crops.sha256, *[step.key for step in steps])}"
        whole = self.store.rows(name, len(crops.crops), make, self.progress, steps[-1].plugin.name)
        sha256 = array_sha256(whole["crops"])
        return replace(crops, crops=whole["crops"], sha256=sha256, preprocess_seconds=float(whole["seconds"]))

    def encode(self, crops: Crops, encoder: Component) -> Encoded:
        """Encode all crops with an encoder that is not fitted here."""

        def make(chunk: range) -> Arrays:
            vectors, seconds = timed(lambda: encoder.built.encode(crops.crops[chunk.start : chunk.stop]))
            return {"vectors": vectors, "seconds": np.array(seconds)}

        name, total = f"vectors-{digest(crops.sha256, encoder.key)}", len(crops.crops)
        whole = self.store.rows(name, total, make, self.progress, encoder.plugin.name)
        return Encoded(whole["vectors"], np.arange(total), name, float(whole["seconds"]))

    def bases(self, crops: Crops, encoder: Component) -> list[Encoded]:
        """Encode all crops with each of the encoders that ``encoder`` learns from; cached until clear_bases()."""
        made = []
        for base in [self.component("encoder", choice) for choice in encoder.bases]:
            key = digest(crops.sha256, base.key)
            if key not in self._bases:
                self._bases[key] = self.encode(crops, base)
            made.append(self._bases[key])
        return made

    def clear_bases(self) -> None:
        """Drop the bases' vectors, which may fill most of the memory; they stay on disk."""
        self._bases.clear()

    def fit(self, training: Selection, encoder: Component) -> tuple[Any, float]:
        """Fit a fresh encoder on some crops; returns it and the seconds that fitting took."""
        assert training.labels is not None
        fresh = encoder.fresh()
        if encoder.members:
            return self._fit_members(training, encoder, fresh)
        if not encoder.bases:
            pixels = training.of(training.whole.crops)
            return timed(lambda: fresh.fit(pixels, training.labels))
        vectors = [training.of(base.vectors) for base in self.bases(training.whole, encoder)]
        return timed(lambda: fresh.fit_vectors(vectors, training.labels))

    def _fit_members(self, training: Selection, encoder: Component, fresh: FusedEncoder) -> tuple[FusedEncoder, float]:
        """Weigh members that other systems may have fitted before; their seconds are counted as if they had not."""
        assert training.labels is not None
        rows = fresh.sample(len(training.indices))
        labels = training.labels[rows]
        sample = Selection(training.whole, training.indices[rows], labels)
        fitted, vectors, total = [], [], 0.0
        for member in [self.component("encoder", choice) for choice in encoder.members]:
            one, fit_seconds = self.fitted(training, member) if member.learns else (member.built, 0.0)
            seen, seconds = timed(partial(one.encode, sample.of(sample.whole.crops)))
            fitted.append(one)
            vectors.append(seen)
            total += fit_seconds + seconds
        fresh.take(fitted).weigh(vectors, labels)
        return fresh, total

    def fitted(self, training: Selection, encoder: Component) -> tuple[Any, float]:
        """Fit as fit() does, but store what was learned as an artefact, for whoever needs it again."""
        if encoder.members or not hasattr(encoder.built, "tensors"):
            return self.fit(training, encoder)  # members are artefacts themselves, and weighing them is quick

        def make() -> Arrays:
            fresh, seconds = self.fit(training, encoder)
            return fresh.tensors() | {"fit_seconds": np.array(seconds)}

        made = self.store.arrays(f"model-{digest(training.name, encoder.key)}", make)
        seconds = float(made.pop("fit_seconds"))
        return encoder.fresh().restore(made), seconds

    def encode_fitted(self, fitted: Any, crops: Selection, encoder: Component) -> tuple[np.ndarray, float]:
        """Encode some crops with what fit() returned; returns the vectors and the seconds, less those of the bases."""
        if not encoder.bases:
            pixels = crops.of(crops.whole.crops)
            return timed(lambda: fitted.encode(pixels))
        vectors = [crops.of(base.vectors) for base in self.bases(crops.whole, encoder)]
        return timed(lambda: fitted.project(vectors))

    def fit_and_encode(self, training: Selection, crops: Selection, encoder: Component) -> Encoded:
        """Fit a fresh encoder on some crops and encode others; the vectors are one artefact."""

        def make() -> Arrays:
            fitted, fit_seconds = self.fitted(training, encoder)
            vectors, seconds = self.encode_fitted(fitted, crops, encoder)
            seconds_of = {"fit_seconds": np.array(fit_seconds), "seconds": np.array(seconds)}
            return {"vectors": vectors} | seconds_of | self.base_seconds(crops.whole, encoder)

        fit_name = digest(training.name, encoder.key)
        name = f"fitted-{digest(fit_name, crops.name)}"
        task = self.progress.add_task(f"fit {encoder.plugin.name}", total=None)
        made = self.store.arrays(name, make)
        self.progress.remove_task(task)
        return Encoded(
            made["vectors"],
            crops.indices,
            name,
            float(made["seconds"]),
            fit_name,
            float(made["fit_seconds"]),
            self.named_bases(made, crops.whole, encoder),
        )

    def base_seconds(self, crops: Crops, encoder: Component) -> Arrays:
        """Return the bases' seconds as an artefact stores them, so that a rerun need not read their vectors."""
        return {f"base{i}_seconds": np.array(base.seconds) for i, base in enumerate(self.bases(crops, encoder))}

    def named_bases(self, made: Arrays, crops: Crops, encoder: Component) -> tuple[tuple[str, float], ...]:
        """Return name and seconds of each base on these crops; ``made`` holds what base_seconds() returned."""
        names = [digest(crops.sha256, self.component("encoder", choice).key) for choice in encoder.bases]
        return tuple((name, float(made[f"base{i}_seconds"])) for i, name in enumerate(names))


def timed(function: Callable[[], Any]) -> tuple[Any, float]:
    """Run a function; returns its result and the seconds it took."""
    start = time.perf_counter()
    result = function()
    return result, time.perf_counter() - start


def read_images(dataset: Dataset, chunk: range) -> list[np.ndarray | None]:
    """Read the images of a chunk, decoded in parallel; None for one that cannot be read."""

    def read(index: int) -> np.ndarray | None:
        try:
            return dataset.images[index]
        except ImageError:
            return None

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(read, chunk))


def _pack_faces(found: list[Faces], seconds: float) -> Arrays:
    """Faces of several images as flat arrays, as an artefact holds them."""
    points = [np.full((len(f), 5, 2), np.nan) if f.landmarks is None else f.landmarks for f in found]
    return {
        "count": np.array([len(f) for f in found], np.int64),
        "boxes": np.concatenate([f.boxes for f in found]),
        "scores": np.concatenate([f.scores for f in found]),
        "landmarks": np.concatenate(points),
        "seconds": np.array(seconds),
    }


def _unpack_faces(arrays: Arrays) -> list[Faces]:
    stops = np.cumsum(arrays["count"])
    return [
        Faces(arrays["boxes"][a:b], arrays["scores"][a:b], arrays["landmarks"][a:b])
        for a, b in zip(stops - arrays["count"], stops, strict=True)
    ]
