"""A gallery as tables and tensors that other programs read: CSV and safetensors."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from eigen2arc.core.errors import UserError
from eigen2arc.core.files import atomic_write, write_text

from .gallery import Gallery
from .gate import Measures

PEOPLE, IMAGES, VECTORS = "people.csv", "images.csv", "vectors.safetensors"


def export(gallery: Gallery, out: Path) -> None:
    """Write who is in a gallery into an empty folder: people.csv, images.csv, vectors.safetensors.

    The vectors are (N, D) float32, in the order of the rows of images.csv, with their numbers "id" (N,) int64. Raises
    UserError where somebody is removed meanwhile.
    """
    images = gallery.ledger.images()
    ids = np.array([one.id for one in images], np.int64)
    try:
        vectors = gallery.store.vectors(ids)
    except KeyError:
        raise UserError(f"{gallery.folder}: vectors are missing, or it was changed meanwhile: try again") from None
    people = gallery.ledger.people()
    _write_csv(out / PEOPLE, ("person", "images"), list(people.items()))
    header = ("id", "person", "image", "sha256", *Measures._fields)
    rows = [(one.id, one.person, one.name, one.sha256, *one.measures) for one in images]
    _write_csv(out / IMAGES, header, rows)
    with atomic_write(out / VECTORS) as file:
        file.write(save({"id": ids, "vectors": np.ascontiguousarray(vectors, np.float32)}))


def _write_csv(path: Path, header: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_text(path, buffer.getvalue())
