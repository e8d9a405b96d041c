"""The calibration of a gallery: on its own people, and on strangers, whose vectors stay in it without their names.

calibration.json says at which state of the gallery it was measured; strangers.safetensors holds "vectors" (S, D)
float32 and "person" (S,) int64, who belongs together.
"""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save

from eigen2arc.core.checks import check_finite, check_shape
from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError, parsing
from eigen2arc.core.files import atomic_write, write_json
from eigen2arc.recognize.calibration.gallery_calibration import (
    GalleryCalibration,
    Strangers,
    calibrate_gallery,
)
from eigen2arc.recognize.calibration.reading import Reading
from eigen2arc.recognize.calibration.shipped import shipped_calibration

from .about import STAGES
from .gallery import CALIBRATION, Gallery
from .gate import Limits, refusal
from .photo_reading import content_sha256, read_photos

STRANGERS = "strangers.safetensors"

#: Photos that are read at a time.
BATCH = 16


def keep_strangers(
    gallery: Gallery, photos: Sequence[tuple[str, Path]], limits: Limits, advance: Callable[[], object]
) -> tuple[int, list[tuple[Path, str]]]:
    """Read the faces of strangers, and keep their vectors in place of those before; their images are not kept.

    photos : who it is, and the file. Returns how many are kept, and which are not, with the reason.
    """
    vectors, people, left_out = [], [], []
    for start in range(0, len(photos), BATCH):
        batch = photos[start : start + BATCH]
        read = read_photos([path.read_bytes() for _, path in batch], gallery.reader, limits, keeps_images=False)
        for (person, path), one in zip(batch, read, strict=True):
            why = one.refusal or (None if one.measures is None else refusal(one.measures, limits))
            owner = gallery.ledger.enrolled(content_sha256(path.read_bytes()))
            if why is not None:
                left_out.append((path, why.words))
            elif owner is not None:
                left_out.append((path, f"is the same picture as {owner[1]} of {owner[0]}, who is no stranger"))
            elif one.vector is not None:
                vectors.append(one.vector)
                people.append(person)
            advance()
    names = sorted(set(people))
    with atomic_write(gallery.folder / STRANGERS) as file:
        whole = np.array(vectors, np.float32).reshape(-1, gallery.about.dimensions)
        file.write(save({"vectors": whole, "person": np.array([names.index(one) for one in people], np.int64)}))
    return len(vectors), left_out


def strangers_of(gallery: Gallery) -> Strangers | None:
    """Read the strangers of a gallery; None where it has none. Raises UserError for a damaged file."""
    path = gallery.folder / STRANGERS
    if not path.exists():
        return None
    with parsing(path, "is not a safetensors file"), safe_open(path, framework="numpy") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (the file is no mapping)
        try:
            vectors, person = tensors["vectors"], tensors["person"]
            check_shape(vectors, f"{len(person)} {gallery.about.dimensions}", "vectors")
            check_finite(vectors, "vectors")
            if (vectors.dtype, person.dtype) != (np.float32, np.int64):
                raise ValueError("its tensors are of other types")
        except (KeyError, ValueError) as error:
            raise UserError(f"{path}: is damaged ({error})") from None
    return Strangers(vectors, person) if len(vectors) else None


def calibrate(gallery: Gallery) -> GalleryCalibration | None:
    """Measure what scores in the gallery mean, and keep it; None where nobody is enrolled.

    The folder is held by the caller.
    """
    changes = gallery.ledger.changes()
    ids, person, people = gallery.ledger.labels()
    if not len(ids):
        (gallery.folder / CALIBRATION).unlink(missing_ok=True)
        return None
    strangers = strangers_of(gallery)
    data = f"the gallery's own {len(people):,} {'person' if len(people) == 1 else 'people'}"
    if strangers is not None:
        data += f" and {len(strangers.vectors):,} images of strangers"
    detector, aligner, encoder = (Component.parse(kind, gallery.about.stages[kind], kind) for kind in STAGES)
    matcher = Component("matcher", gallery.about.metric)
    pairs = shipped_calibration(Reading.of(detector, aligner, encoder, matcher))
    made = calibrate_gallery(
        gallery.store, ids, person, data=data, date=date.today().isoformat(), strangers=strangers, pairs=pairs
    )
    write_json(gallery.folder / CALIBRATION, {"format": 1, "changes": changes, "calibration": made.to_json()})
    return made
