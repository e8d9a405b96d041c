"""Fitting a classical encoder on a labelled data set, from images to a model file, in the order in which it runs."""

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import write_json
from eigen2arc.core.image import ImageError
from eigen2arc.core.pipeline import choose_face
from eigen2arc.core.progress import progress_bars
from eigen2arc.core.stages import Aligner, Detector
from eigen2arc.core.types import Dataset, Faces

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Training:
    """What was learned from: ``left_out`` counts images without a known person, a readable file or a face."""

    model: Path
    images: int
    people: int
    left_out: int
    dimensions: int
    fit_s: float


def train_encoder(
    name: str, settings: dict[str, Any], dataset: Dataset, detector: Detector | None, aligner: Aligner, out: Path
) -> Training:
    """Fit the encoder ``name`` and write ``out``/model.safetensors, with ``out``/training.json beside it.

    detector : finds the faces; None takes the data set's annotated ones. Raises UserError for an encoder that learns
    nothing, and for a set that does not say who is who or leaves fewer than two faces.
    """
    if not plugins.find("encoder", name).learns or "model" in settings:
        raise UserError(f"encoder {name} has nothing to learn: it encodes as it is")
    if dataset.labels is None:
        raise UserError(f"{dataset.name} does not say who is who: choose a set with labels")
    encoder = plugins.build("encoder", name, **settings)

    crops, labels = labelled_crops(dataset, detector, aligner)
    if len(crops) < 2:
        raise UserError(f"{dataset.name}: {len(crops)} of {len(dataset.images)} images show a face of a known person")

    started = time.perf_counter()
    encoder.fit(crops, labels)
    fit_s = time.perf_counter() - started

    model = out / "model.safetensors"
    encoder.save(model)
    training = Training(
        model=model,
        images=len(crops),
        people=len(np.unique(labels)),
        left_out=len(dataset.images) - len(crops),
        dimensions=encoder.encode(crops[:1]).shape[1],
        fit_s=round(fit_s, 3),
    )
    write_json(
        out / "training.json",
        {
            "encoder": name,
            "settings": settings,
            "dataset": dataset.name,
            "dataset_version": dataset.images.version,
            "protocol": dataset.protocol,
            "images": training.images,
            "people": training.people,
            "left_out": training.left_out,
            "size_px": aligner.size_px,
            "dimensions": training.dimensions,
            "fit_s": training.fit_s,
        },
    )
    return training


def labelled_crops(dataset: Dataset, detector: Detector | None, aligner: Aligner) -> tuple[np.ndarray, np.ndarray]:
    """The crops (N, S, S, 3) of all images that show a face of a known person, and their labels (N,)."""
    assert dataset.labels is not None
    known = np.flatnonzero(dataset.labels >= 0).tolist()
    crops = np.zeros((len(known), aligner.size_px, aligner.size_px, 3), np.uint8)
    used: list[int] = []
    with progress_bars() as progress:
        for i in progress.track(known, description="detect and align"):
            try:
                image = dataset.images[i]
            except ImageError as error:
                log.warning("%s: left out", error)
                continue
            faces = _annotated(dataset, i) if detector is None else detector.detect([image])[0]
            if len(faces):
                crops[len(used)] = aligner.align(image, choose_face(faces, image.shape))[0]
                used.append(i)
    return crops[: len(used)], dataset.labels[used]


def _annotated(dataset: Dataset, index: int) -> Faces:
    if dataset.faces is None:
        raise UserError(f"{dataset.name} has no annotated faces: give a detector")
    return dataset.faces[index]
