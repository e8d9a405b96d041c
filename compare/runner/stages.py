"""The stages over whole data sets: every result is an artefact, made in chunks so that little is lost to a kill."""

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import Progress

from eigen2arc.core.artefacts import Arrays, Store, array_sha256, digest
from eigen2arc.core.component import Component, ComposedEncoder
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import ImageError
from eigen2arc.core.pipeline import POLICY, Policy, cut, locate
from eigen2arc.core.subset import training_part
from eigen2arc.core.types import Dataset, Faces, Status

from .mixed_faces import MixedFaces
from .results import Crops, Encoded, Selection
from .subset import CachedImages

#: Crops cached in memory for the systems that come after; older ones are read from disk again.
CACHED_CROPS_BYTES = 1 << 30


class StageRunner:
    """Runs the stages of systems over data sets and caches what several of them share."""

    def __init__(
        self,
        store: Store,
        progress: Progress,
        *,
        data_root: Path | None,
        device: str,
        policy: Policy = POLICY,
    ) -> None:
        self.store = store
        self.progress = progress
        self.defaults = {"root": data_root, "device": device}
        self.policy = policy
        self._components: dict[str, Component] = {}
        self._datasets: dict[str, Dataset] = {}
        self._crops: dict[str, Crops] = {}
        self._bases: dict[str, Encoded] = {}

    def under(self, policy: Policy) -> "StageRunner":
        """Return one that has another policy for missing faces and shares all that is cached."""
        other = copy(self)
        other.policy = policy
        return other

    def component(self, chosen: Component) -> Component:
        """Fill in the run's defaults; the same one for the same choice, so that a model is loaded once."""
        return self._components.setdefault(digest(chosen.kind, chosen.table()), chosen.with_defaults(**self.defaults))

    def attribute(self, component: Component, name: str, default: str = "") -> str:
        """Return a word that a component says of itself when it is built; stored, so that a rerun need not build it."""

        def make() -> Arrays:
            return {name: np.array(getattr(component.built, name, default))}

        return str(self.store.arrays(f"attribute-{name}-{component.key}", make)[name])

    def dataset(self, chosen: Component, *, training: bool = False) -> Dataset:
        """Return a data set, or its training part. Raises UserError where it is on disk and there is no data root."""
        key = digest(chosen.table(), training)
        if key not in self._datasets:
            component = self.component(chosen)
            if "root" in component.plugin.settings and "root" not in component.settings:
                raise UserError(
                    f"the data set {chosen.name} is read from disk: say where with --data-root or EIGEN2ARC_DATA"
                )
            dataset = training_part(component.built) if training else component.built
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

        label = f"{detector.name} on {dataset.name}"
        pieces = list(self.store.chunks(f"faces-{key}", len(dataset.images), make, self.progress, label))
        return [face for piece in pieces for face in _unpack_faces(piece)], sum(
            float(piece["seconds"]) for piece in pieces
        )

    def crops(
        self,
        dataset: Dataset,
        detector: Component | MixedFaces,
        aligner: Component,
        preprocessing: Sequence[Component] = (),
    ) -> Crops:
        """Cut the one face out of each image and preprocess it; see core.pipeline.locate for images without one.

        An image that is skipped has a black crop. Raises UserError for the first one where that is to be an error.
        """
        annotated = [] if dataset.faces is None else [faces.boxes for faces in dataset.faces]
        points = [faces.landmarks for faces in dataset.faces or ()] if isinstance(detector, MixedFaces) else []
        key = digest(
            dataset.images.version,
            [annotated, points] if points else annotated,
            self.policy,
            detector.key,
            aligner.key,
            *[step.key for step in preprocessing],
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

    def _aligned(self, dataset: Dataset, detector: Component | MixedFaces, aligner: Component, key: str) -> Crops:
        asked = [detector] if isinstance(detector, Component) else [detector.reference, detector.detector]
        found = [self._answers(dataset, one) for one in asked]

        def make(chunk: range) -> Arrays:
            images = read_images(dataset, chunk)
            blank = np.zeros((2, 2, 3), np.uint8)
            readable = [blank if image is None else image for image in images]
            known = None if dataset.faces is None else dataset.faces[chunk.start : chunk.stop]
            on_missing, choose = self.policy
            faces, *others = [one[chunk.start : chunk.stop] for one, _ in found]
            if isinstance(detector, MixedFaces):
                faces = detector.mix(readable, faces, others[0], choose)
            policy = Policy("skip" if on_missing == "error" else on_missing, choose)
            located, status = locate(readable, faces, known, **policy._asdict())
            if on_missing == "error" and status.any():
                name = dataset.images.names[chunk[int(np.flatnonzero(status)[0])]]
                raise UserError(f'{dataset.name}: {detector.name} found no face in {name}, and on_missing is "error"')
            status[[image is None for image in images]] = Status.UNREADABLE
            shown, seconds = timed(lambda: cut(aligner.built, readable, located))
            crops = np.zeros((len(images), *shown.shape[1:]), np.uint8)
            crops[[len(one) > 0 for one in located]] = shown
            return {"crops": crops, "status": status, "seconds": np.array(seconds)}

        label = f"{aligner.name} on {dataset.name}"
        whole = self.store.rows(f"crops-{key}", len(dataset.images), make, self.progress, label)
        sha256 = array_sha256(whole["crops"])
        detect_seconds = sum(seconds for _, seconds in found)
        return Crops(whole["crops"], whole["status"], sha256, detect_seconds, float(whole["seconds"]))

    def _answers(self, dataset: Dataset, detector: Component | None) -> tuple[Sequence[Faces], float]:
        """The faces and seconds of a detector, or of the annotation, which has none where the set is not annotated."""
        if detector is not None:
            return self.faces(dataset, detector)
        return dataset.faces or [Faces.none()] * len(dataset.images), 0.0

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
        whole = self.store.rows(name, len(crops.crops), make, self.progress, steps[-1].name)
        sha256 = array_sha256(whole["crops"])
        return replace(crops, crops=whole["crops"], sha256=sha256, preprocess_seconds=float(whole["seconds"]))

    def encode(self, crops: Selection, encoder: Component) -> Encoded:
        """Encode the selected crops with an encoder that is not fitted here; all of them where most are selected.

        So many selections of one set share what is encoded once, and a few crops of a large one do not wait for it.
        """
        indices = (
            np.arange(len(crops.whole.crops)) if 2 * len(crops.indices) > len(crops.whole.crops) else crops.indices
        )
        source = [crops.whole.sha256] if len(indices) == len(crops.whole.crops) else [crops.whole.sha256, indices]

        def make(chunk: range) -> Arrays:
            pixels = crops.whole.crops[indices[chunk.start : chunk.stop]]
            vectors, seconds = timed(lambda: encoder.built.encode(pixels))
            return {"vectors": vectors, "seconds": np.array(seconds)}

        name = f"vectors-{digest(*source, encoder.key)}"
        whole = self.store.rows(name, len(indices), make, self.progress, encoder.name)
        return Encoded(whole["vectors"], indices, name, float(whole["seconds"]))

    def children(self, encoder: Component) -> list[Component]:
        """Return the encoders whose vectors this one learns from, see ComposedEncoder; none for all others."""
        composed = encoder.children and isinstance(encoder.built, ComposedEncoder)
        return [self.component(child) for child in encoder.children] if composed else []

    def _encode_child(self, training: Selection, crops: Selection, child: Component) -> tuple[np.ndarray, Encoded]:
        """Encode some crops by a child: the vectors, and how they were made.

        One that learns is fitted on ``training`` as if it stood alone; what one gives that does not is made for the
        whole set, and held until clear_bases().
        """
        if child.learns:
            made = self.fit_and_encode(training, crops, child)
            return made.vectors, made
        key = digest(crops.whole.sha256, child.key)
        if key not in self._bases:
            self._bases[key] = self.encode(Selection(crops.whole, np.arange(len(crops.whole.crops))), child)
        return crops.of(self._bases[key].vectors), self._bases[key]

    def clear_bases(self) -> None:
        """Drop the bases' vectors, which may fill most of the memory; they stay on disk."""
        self._bases.clear()

    def fit(self, training: Selection, encoder: Component) -> tuple[Any, float]:
        """Fit a fresh encoder on some crops; returns it and the seconds that fitting took.

        Those of children that learn count as if no other system had fitted them before; a composed encoder is returned
        with what it learned itself, to combine their vectors.
        """
        assert training.labels is not None
        fresh, children = encoder.fresh(), self.children(encoder)
        if not children:
            pixels = training.of(training.whole.crops)
            return timed(lambda: fresh.fit(pixels, training.labels))
        rows = fresh.sample(len(training.indices))
        sample = Selection(training.whole, training.indices[rows], training.labels[rows])
        vectors, made = zip(*[self._encode_child(training, sample, child) for child in children], strict=True)
        before = sum(one.fit_seconds + one.seconds for one in made if one.fit_name)
        fitted, seconds = timed(lambda: fresh.fit_vectors(vectors, sample.labels))
        return fitted, before + seconds

    def fitted(self, training: Selection, encoder: Component) -> tuple[Any, float]:
        """Fit as fit() does, but store what was learned as an artefact, for whoever needs it again."""
        if not self._is_stored(encoder):
            return self.fit(training, encoder)
        made = self._model(training, encoder, lambda: self.fit(training, encoder))
        seconds = float(made.pop("fit_seconds"))
        return encoder.fresh().restore(made), seconds

    def store_fitted(self, fitted: Any, seconds: float, training: Selection, encoder: Component) -> None:
        """Store what fit() returned as fitted() does, so that it need not be fitted again."""
        if self._is_stored(encoder):
            self._model(training, encoder, lambda: (fitted, seconds))

    def _is_stored(self, encoder: Component) -> bool:
        """Whether what it learns is an artefact: of children that learn its tensors would hold theirs, too."""
        return not any(child.learns for child in self.children(encoder)) and hasattr(encoder.built, "tensors")

    def _model(self, training: Selection, encoder: Component, fit: Callable[[], tuple[Any, float]]) -> Arrays:
        def make() -> Arrays:
            fresh, seconds = fit()
            return fresh.tensors() | {"fit_seconds": np.array(seconds)}

        return self.store.arrays(f"model-{digest(training.name, encoder.key)}", make)

    def fitted_whole(self, training: Selection, encoder: Component) -> Any:
        """Fit an encoder that has tensors as fitted() does, but so that it encodes crops by itself, children and all.

        One without children that learn is what fitted() returns.
        """
        if not any(child.learns for child in self.children(encoder)):
            return self.fitted(training, encoder)[0]

        def make() -> Arrays:
            assert training.labels is not None
            tensors: Arrays = encoder.fresh().fit(training.of(training.whole.crops), training.labels).tensors()
            return tensors

        return encoder.fresh().restore(self.store.arrays(f"model-{digest('whole', training.name, encoder.key)}", make))

    def encode_fitted(self, fitted: Any, training: Selection, crops: Selection, encoder: Component) -> Arrays:
        """Encode some crops with what fit() on ``training`` returned.

        Returns vectors, seconds less those of the bases, and bases and base_seconds, see Encoded; so a rerun need not
        read the bases' vectors.
        """
        bases: dict[str, float] = {}
        children = self.children(encoder)
        if not children:
            pixels = crops.of(crops.whole.crops)
            vectors, seconds = timed(lambda: fitted.encode(pixels))
        else:
            given, made = zip(*[self._encode_child(training, crops, child) for child in children], strict=True)
            vectors, seconds = timed(lambda: fitted.combine(given))
            for one in made:
                bases |= one.bases if one.fit_name else {one.name: one.seconds}
                seconds += one.seconds if one.fit_name else 0.0
        named = {"bases": np.array(list(bases), np.str_), "base_seconds": np.array(list(bases.values()), np.float64)}
        return {"vectors": vectors, "seconds": np.array(seconds)} | named

    def fit_and_encode(self, training: Selection, crops: Selection, encoder: Component) -> Encoded:
        """Fit a fresh encoder on some crops and encode others; the vectors are one artefact."""

        def make() -> Arrays:
            fitted, fit_seconds = self.fitted(training, encoder)
            return self.encode_fitted(fitted, training, crops, encoder) | {"fit_seconds": np.array(fit_seconds)}

        fit_name = digest(training.name, encoder.key)
        name = f"fitted-{digest(fit_name, crops.name)}"
        task = self.progress.add_task(f"fit {encoder.name}", total=None)
        made = self.store.arrays(name, make)
        self.progress.remove_task(task)
        seconds = float(made["seconds"]), fit_name, float(made["fit_seconds"])
        return Encoded(made["vectors"], crops.indices, name, *seconds, named_bases(made))


def named_bases(made: Arrays) -> dict[str, float]:
    """Return the seconds of each base by its name, of what encode_fitted() returned."""
    return dict(zip(made["bases"].tolist(), made["base_seconds"].tolist(), strict=True))


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
