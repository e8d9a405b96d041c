"""Fitting a classical encoder on a labelled data set, from images to a model file, in the order in which it runs."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eigen2arc.classical.estimators.composed import ComposedImageEncoder
from eigen2arc.core.artefacts import Store
from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import write_json
from eigen2arc.core.subset import training_part
from eigen2arc.core.types import Dataset

from .crops import cached_vectors, labelled_crops, preprocess

#: In the folder of a training: its crops and base vectors, which a training that was killed resumes from.
ARTEFACTS = "artefacts"


@dataclass(frozen=True)
class Recipe:
    """How faces become vectors.

    detector : None takes the data set's annotated faces.
    """

    encoder: Component
    aligner: Component
    detector: Component | None = None
    preprocessing: Sequence[Component] = ()


@dataclass(frozen=True)
class Training:
    """The result of a fit: ``left_out`` counts images without a known person, a readable file or a face."""

    model: Path
    images: int
    people: int
    left_out: int
    dimensions: int
    fit_s: float


def train_encoder(recipe: Recipe, dataset: Dataset, out: Path) -> Training:
    """Fit the encoder on the set's training part and write ``out``/model.safetensors and ``out``/training.json.

    One that was killed, started again, resumes with the crops and base vectors that it had made. Raises UserError for
    an encoder that learns nothing, and for a set that does not say who is who or leaves fewer than two faces.
    """
    name = recipe.encoder.name
    if not recipe.encoder.learns:
        raise UserError(f"encoder {name} has nothing to learn: it encodes as it is")
    encoder, dataset = recipe.encoder.built, training_part(dataset)
    store = Store(out / ARTEFACTS)

    crops, labels = labelled_crops(dataset, recipe.detector, recipe.aligner, store)
    if len(crops) < 2:
        raise UserError(f"{dataset.name}: {len(crops)} of {len(dataset.images)} images show a face of a known person")
    preprocess(crops, recipe.preprocessing)
    fit_s = _fit(encoder, crops, labels, store)

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
            "settings": recipe.encoder.settings,
            "detector": recipe.detector and recipe.detector.table(),
            "aligner": recipe.aligner.table(),
            "preprocessing": [step.table() for step in recipe.preprocessing],
            "dataset": dataset.name,
            "dataset_version": dataset.images.version,
            "protocol": dataset.protocol,
            "images": training.images,
            "people": training.people,
            "left_out": training.left_out,
            "size_px": crops.shape[1],
            "dimensions": training.dimensions,
            "fit_s": training.fit_s,
        },
    )
    return training


def _fit(encoder: Any, crops: np.ndarray, labels: np.ndarray, store: Store) -> float:
    """Fit the encoder, made of others or not, with their vectors cached; returns the seconds of the fit alone."""
    encode_s = 0.0

    def encode(child: Component, encoder: Any, crops: np.ndarray) -> np.ndarray:
        nonlocal encode_s
        began = time.perf_counter()
        vectors = encoder.encode(crops) if child.learns else cached_vectors(crops, child, encoder, store)
        encode_s += time.perf_counter() - began
        return vectors

    started = time.perf_counter()
    encoder.fit(crops, labels, *((encode,) if isinstance(encoder, ComposedImageEncoder) else ()))
    return time.perf_counter() - started - encode_s
