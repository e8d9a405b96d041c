"""A vector for each face of a labelled set, however large: faces are detected, annotated or already cut out."""

import cv2
import numpy as np
from rich.progress import Progress

from eigen2arc.compare.runner.stages import read_images
from eigen2arc.core.artefacts import Arrays, Store, digest
from eigen2arc.core.component import Component
from eigen2arc.core.pipeline import cut, locate
from eigen2arc.core.types import Dataset, Status
from eigen2arc.datasets.images.face_table import FaceTable


def crop_vectors(
    dataset: Dataset,
    detector: Component | None,
    aligner: Component,
    encoder: Component,
    store: Store,
    progress: Progress,
) -> tuple[np.ndarray, np.ndarray]:
    """Encode the face of every image: vectors (N, D) float32, and has_face (N,) bool, where not the vector is 0.

    detector : finds the faces. Without it they are the annotated ones; a set without annotations has to consist of
    aligned crops, which are only scaled. What cannot be read shows no face. Pieces are artefacts of ``store``, for the
    same call after a kill.
    """
    source = _annotation(dataset) if detector is None else detector.key
    name = f"vectors-{digest(dataset.images.version, source, aligner.key, encoder.key)}"

    def make(chunk: range) -> Arrays:
        crops, has_face = _crops(dataset, chunk, detector, aligner)
        encoded = encoder.built.encode(crops)
        vectors = np.zeros((len(chunk), encoded.shape[1]), np.float32)
        vectors[has_face] = encoded
        return {"vectors": vectors, "shown": has_face}

    whole = store.rows(name, len(dataset.images), make, progress, f"encode {dataset.name}")
    return whole["vectors"], whole["shown"]


def _crops(
    dataset: Dataset, chunk: range, detector: Component | None, aligner: Component
) -> tuple[np.ndarray, np.ndarray]:
    """The crops (M, S, S, 3) of those images of a chunk that show a face, and which they are (len(chunk),) bool."""
    read = read_images(dataset, chunk)
    has_face = np.array([image is not None for image in read])
    images = [image for image in read if image is not None]
    if detector is None and dataset.faces is None:
        side = (aligner.built.size_px, aligner.built.size_px)
        whole = [cv2.resize(image, side, interpolation=cv2.INTER_AREA) for image in images]
        return np.array(whole, np.uint8).reshape(-1, *side, 3), has_face
    if detector is not None:
        found = detector.built.detect(images)
    else:
        assert dataset.faces is not None
        found = [dataset.faces[i] for i, readable in zip(chunk, has_face, strict=True) if readable]
    located, status = locate(images, found, on_missing="skip")
    has_face[has_face] = status == Status.FOUND
    return cut(aligner.built, images, located), has_face


def _annotation(dataset: Dataset) -> object:
    """The annotated faces as arrays, for a digest."""
    if isinstance(dataset.faces, FaceTable):
        return dataset.faces.boxes, dataset.faces.landmarks
    return [(faces.boxes, faces.landmarks) for faces in dataset.faces or ()]
