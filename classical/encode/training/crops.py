"""What an encoder is fitted on: a data set's crops, and other encoders' vectors of them, cached while they are made.

Every few hundred are written down as soon as they are there, under a name that says what they depend on, so that a
training that was killed does not make them again.
"""

import logging
from collections.abc import Sequence

import numpy as np

from eigen2arc.core.artefacts import Arrays, Store, array_sha256, digest
from eigen2arc.core.component import Table, from_table
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import ImageError
from eigen2arc.core.pipeline import choose_face
from eigen2arc.core.plugin_digest import plugin_digest
from eigen2arc.core.progress import progress_bars
from eigen2arc.core.types import Dataset, Faces

log = logging.getLogger(__name__)

#: Crops that are preprocessed at a time.
BATCH = 256


def labelled_crops(
    dataset: Dataset, detector: Table | None, aligner: Table, store: Store
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
    cut = from_table("aligner", aligner)
    if not len(known):
        return np.zeros((0, cut.size_px, cut.size_px, 3), np.uint8), dataset.labels[known]
    find = None if detector is None else from_table("detector", detector)

    def make(chunk: range) -> Arrays:
        indices = known[chunk.start : chunk.stop].tolist()
        images, readable = _read(dataset, indices)
        found = [_annotated(dataset, i) for i in readable] if find is None else find.detect(images)
        shown = [(i, image, faces) for i, image, faces in zip(readable, images, found, strict=True) if len(faces)]
        crops = np.zeros((len(shown), cut.size_px, cut.size_px, 3), np.uint8)
        for crop, (_, image, faces) in zip(crops, shown, strict=True):
            crop[:] = cut.align(image, choose_face(faces, image.shape))[0]
        return {"crops": crops, "numbers": np.array([i for i, _, _ in shown], np.int64)}

    source = (
        [(i.boxes, i.landmarks) for i in dataset.faces or ()] if detector is None else _digest("detector", detector)
    )
    name = f"crops-{digest(dataset.images.version, known, source, _digest('aligner', aligner))}"
    with progress_bars() as bars:
        whole = store.rows(name, len(known), make, bars, "detect and align")
    return whole["crops"], dataset.labels[whole["numbers"]]


def preprocess(crops: np.ndarray, steps: Sequence[Table]) -> None:
    """Preprocess the crops (N, S, S, 3) by the ``steps``, in place."""
    built = [from_table("preprocessing", step) for step in steps]
    for start in range(0, len(crops), BATCH):
        for step in built:
            crops[start : start + BATCH] = step.apply(crops[start : start + BATCH])


def base_vectors(crops: np.ndarray, encoder: Table, store: Store) -> np.ndarray:
    """Encode the crops by an encoder that learns nothing: (N, D) float32."""
    built = from_table("encoder", encoder)

    def make(chunk: range) -> Arrays:
        return {"vectors": built.encode(crops[chunk.start : chunk.stop])}

    name = f"vectors-{digest(array_sha256(crops), _digest('encoder', encoder))}"
    with progress_bars() as bars:
        return store.rows(name, len(crops), make, bars, f"encode by {encoder['name']}")["vectors"]


def _digest(kind: str, table: Table) -> str:
    return plugin_digest(kind, table["name"], {key: value for key, value in table.items() if key != "name"})


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
