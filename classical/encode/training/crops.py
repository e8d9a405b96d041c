"""What an encoder is fitted on: a data set's crops, and other encoders' vectors of them, cached while they are made.

Every few hundred are written down as soon as they are there, under a name that says what they depend on, so that a
training that was killed does not make them again.
"""

import logging
from collections.abc import Sequence

import numpy as np

from eigen2arc.core.artefacts import Arrays, Store, array_sha256, digest
from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import ImageError
from eigen2arc.core.pipeline import cut, locate
from eigen2arc.core.progress import progress_bars
from eigen2arc.core.stages import Encoder
from eigen2arc.core.types import Dataset, Faces, Status

log = logging.getLogger(__name__)

#: Crops that are preprocessed at a time.
BATCH = 256


def labelled_crops(
    dataset: Dataset, detector: Component | None, aligner: Component, store: Store
) -> tuple[np.ndarray, np.ndarray]:
    """Cut the crops (N, S, S, 3) of all images that show a face of a known person; returns them and their labels (N,).

    detector : finds the faces; None takes the annotated ones. Raises UserError for a set that does not say who is who,
    or, where it has to, where faces are.
    """
    if dataset.labels is None:
        raise UserError(f"{dataset.name} does not say who is who: choose a set with labels")
    if detector is None and dataset.faces is None:
        raise UserError(f"{dataset.name} has no annotated faces: give a detector")
    known = np.flatnonzero(dataset.labels >= 0)
    if not len(known):
        return np.zeros((0, aligner.built.size_px, aligner.built.size_px, 3), np.uint8), dataset.labels[known]

    def make(chunk: range) -> Arrays:
        indices = known[chunk.start : chunk.stop].tolist()
        images, readable = _read(dataset, indices)
        found = [_annotated(dataset, i) for i in readable] if detector is None else detector.built.detect(images)
        located, status = locate(images, found, on_missing="skip")
        shown = np.array(readable, np.int64)[status == Status.FOUND]
        return {"crops": cut(aligner.built, images, located), "numbers": shown}

    source = [(i.boxes, i.landmarks) for i in dataset.faces or ()] if detector is None else detector.key
    name = f"crops-{digest(dataset.images.version, known, source, aligner.key)}"
    with progress_bars() as bars:
        whole = store.rows(name, len(known), make, bars, "detect and align")
    return whole["crops"], dataset.labels[whole["numbers"]]


def preprocess(crops: np.ndarray, steps: Sequence[Component]) -> None:
    """Preprocess the crops (N, S, S, 3) by the ``steps``, in place."""
    for start in range(0, len(crops), BATCH):
        for step in steps:
            crops[start : start + BATCH] = step.built.apply(crops[start : start + BATCH])


def cached_vectors(crops: np.ndarray, chosen: Component, encoder: Encoder, store: Store) -> np.ndarray:
    """Encode the crops by an encoder that learns nothing, which was built as ``chosen``: (N, D) float32."""

    def make(chunk: range) -> Arrays:
        return {"vectors": encoder.encode(crops[chunk.start : chunk.stop])}

    name = f"vectors-{digest(array_sha256(crops), chosen.key)}"
    with progress_bars() as bars:
        return store.rows(name, len(crops), make, bars, f"encode by {chosen.name}")["vectors"]


def _read(dataset: Dataset, indices: list[int]) -> tuple[list[np.ndarray], list[int]]:
    """The images that can be read, and their indices; the others are logged."""
    images, readable = [], []
    for i in indices:
        try:
            images.append(dataset.images[i])
        except ImageError as error:
            log.warning("%s: left out", error)
            continue
        readable.append(i)
    return images, readable


def _annotated(dataset: Dataset, index: int) -> Faces:
    assert dataset.faces is not None
    return dataset.faces[index]
