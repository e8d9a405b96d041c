"""Photos of people whose names are known, chosen and read for a calibration."""

import hashlib
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from rich.progress import Progress

from eigen2arc.compare.runner.results import Selection
from eigen2arc.compare.runner.stages import StageRunner
from eigen2arc.core.artefacts import Store
from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError
from eigen2arc.core.pipeline import Policy, locate
from eigen2arc.core.preferred import Recognizer
from eigen2arc.core.subset import select
from eigen2arc.core.types import Dataset
from eigen2arc.recognize.reading.face_quality import BLURRED, TINY_EYES_PX, place, sharpness

#: Of a person at most so many images count, evenly chosen, so that nobody decides all; and so many images of all, for
#: every two of them are compared.
MOST_EACH, MOST_IMAGES = 5, 5000

#: An image without a face is not used; of several faces the large and central one is, as `verify` takes it.
POLICY = Policy("skip", "central")

#: The crop in which sharpness is measured.
CROP = Component("aligner", "five_point")

#: Which people: all, or one of two halves that share nobody.
Half = Literal["", "first", "second"]


class Read(NamedTuple):
    """Images that a calibration is made of, ordered by person.

    rows (N,) int64 : of the data set; vectors (N, D) float32; person (N,) int64. left_out : how many images that were
    chosen show no face, or one that is tiny or blurred.
    """

    rows: np.ndarray
    vectors: np.ndarray
    person: np.ndarray
    left_out: int


def choose_images(people: Sequence[str], labels: np.ndarray, half: Half = "") -> np.ndarray:
    """Choose images, ascending (M,) int64: at most MOST_EACH of each person, and of whole people MOST_IMAGES.

    labels (N,) : into ``people``, -1 for nobody known. half : the people the SHA-256 of whose names begin with an even
    byte, or those with an odd one, so that another set's, or run's, halves are the same.
    """
    hashes = [hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest() for name in people]
    rows: list[int] = []
    # In the order of their hashes, so that who is left out of too many has nothing to do with names.
    for person in sorted(range(len(people)), key=lambda one: hashes[one]):
        own = np.flatnonzero(labels == person)
        if not len(own) or (half and hashes[person][0] % 2 != (half == "second")):
            continue
        own = own[np.unique(np.linspace(0, len(own) - 1, min(len(own), MOST_EACH)).astype(np.int64))]
        if len(rows) + len(own) > MOST_IMAGES:
            break
        rows += own.tolist()
    return np.array(sorted(rows), np.int64)


def read_people(
    dataset: Dataset,
    rows: np.ndarray,
    recognizer: Recognizer,
    preprocessing: Sequence[Component],
    store: Store,
    progress: Progress,
    device: str = "auto",
) -> Read:
    """Read the faces of some images (M,) of a labelled data set; what is computed is kept in ``store``.

    Raises UserError where no face is found, or the encoder has to be fitted first.
    """
    if recognizer.encoder.learns:
        raise UserError(
            f"encoder {recognizer.encoder.name}: has to be fitted first: give --set encoder.model=..., or another one"
        )
    stages = StageRunner(store, progress, data_root=None, device=device, policy=POLICY)
    chosen = select(dataset, rows, None, None)
    assert chosen.labels is not None
    detector, aligner, encoder, crop = map(stages.component, (*recognizer[:3], CROP))
    steps = [stages.component(step) for step in preprocessing]
    found, _ = stages.faces(chosen, detector)
    upright = stages.crops(chosen, detector, crop)
    usable = np.array([len(one) > 0 for one in found])
    for index in np.flatnonzero(usable).tolist():
        image = chosen.images[index] if len(found[index]) > 1 else np.zeros((2, 2, 3), np.uint8)
        (face,), _ = locate([image], [found[index]], **POLICY._asdict())
        usable[index] = place(face).eyes_px >= TINY_EYES_PX and sharpness(upright.crops[index]) >= BLURRED
    if not usable.any():
        raise UserError(f"{dataset.name}: no face was found that is large and sharp enough in {len(rows):,} images")
    cut = stages.crops(chosen, detector, aligner, steps)
    vectors = stages.encode(Selection(cut, np.arange(len(rows))), encoder).vectors
    order = np.argsort(chosen.labels, kind="stable")
    order = order[usable[order]]
    return Read(rows[order], vectors[order], chosen.labels[order], int((~usable).sum()))
