"""A data set's faces, cut out once and kept on the disk, so that later epochs cost no drawing or decoding."""

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.lib.format import open_memmap
from rich.progress import track

from eigen2arc.core.aligners import five_point
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import write_json
from eigen2arc.core.types import Dataset, Faces

#: Crops between two notes of how far it got.
CHUNK = 512


def face_crops(dataset: Dataset, folder: Path, *, size_px: int, jitter: float, seed: int) -> Path:
    """Cut a data set's faces by their annotated points; returns the .npy file of (N, S, S, 3) uint8 crops.

    jitter : the error that a detector's points would have, standard deviation as a share of the distance of the eyes.
    An image that cannot be read, or has no annotated face, leaves black pixels, and its number and the reason in
    unreadable_of(file), JSON.

    The file in ``folder`` is named by a hash of all that it depends on. One that is there is used; one that was
    stopped half-way is gone on with.
    """
    recipe = {
        "images": dataset.images.version,
        "faces": _digest(dataset.faces),
        "size_px": size_px,
        "jitter": jitter,
        "seed": seed,
        "n": len(dataset.images),
    }
    name = hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:16]
    path, partial, note = (folder / f"crops-{name}{end}" for end in (".npy", ".part.npy", ".part.json"))
    if not path.exists():
        unreadable = _cut_all(dataset, partial, note, size_px, jitter, seed)
        if unreadable:
            write_json(unreadable_of(path), unreadable)
        partial.rename(path)
        note.unlink()
    return path


def _digest(faces: Sequence[Faces] | None) -> str:
    """sha256 of all boxes and points: other annotations of the same images make other crops."""
    total = hashlib.sha256()
    for face in faces or ():
        total.update(face.boxes.tobytes() + (b"" if face.landmarks is None else face.landmarks.tobytes()))
    return total.hexdigest()


def unreadable_of(path: Path) -> Path:
    """Where it stands which images of a file of crops could not be read; there is none if all could be."""
    return path.with_suffix(".unreadable.json")


def _cut_all(dataset: Dataset, partial: Path, note: Path, size_px: int, jitter: float, seed: int) -> dict[str, str]:
    """Cut every face into the file ``partial``; returns the numbers of those that could not be, and why."""
    assert dataset.faces is not None
    faces, n = dataset.faces, len(dataset.images)
    kept: dict[str, Any] = json.loads(note.read_text()) if note.exists() else {"done": 0, "unreadable": {}}
    partial.parent.mkdir(parents=True, exist_ok=True)
    crops = open_memmap(partial, "r+" if kept["done"] else "w+", np.uint8, (n, size_px, size_px, 3))
    aligner = five_point.build(size_px=size_px)

    def cut(i: int) -> None:
        if not len(faces[i]):
            kept["unreadable"][str(i)] = f"{dataset.images.names[i]}: has no annotated face"
            return
        try:
            image = dataset.images[i]
        except UserError as error:
            kept["unreadable"][str(i)] = str(error)
            return
        crops[i] = aligner.align(image, jittered(faces[i][:1], jitter, np.random.default_rng((seed, i))))[0]

    starts = range(kept["done"], n, CHUNK)
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        for start in track(starts, description="cutting faces", total=len(starts)):
            kept["done"] = min(start + CHUNK, n)
            list(pool.map(cut, range(start, kept["done"])))
            crops.flush()
            write_json(note, kept)
    unreadable: dict[str, str] = kept["unreadable"]
    return unreadable


def jittered(faces: Faces, jitter: float, rng: np.random.Generator) -> Faces:
    """Move every point by a normal error of ``jitter`` times the distance of the eyes, in x and in y."""
    if faces.landmarks is None or jitter == 0:
        return faces
    eyes_px = np.linalg.norm(faces.landmarks[:, 1] - faces.landmarks[:, 0], axis=1)
    return Faces(
        faces.boxes,
        faces.scores,
        faces.landmarks + rng.normal(size=faces.landmarks.shape) * jitter * eyes_px[:, None, None],
    )
