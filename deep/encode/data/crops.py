"""Where training gets its crops from: a file of faces cut once, or a set whose images are crops already."""

import hashlib
import json
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import torch
from numpy.lib.format import write_array_header_1_0

from eigen2arc.core.aligners import five_point
from eigen2arc.core.artefacts import Arrays, Store, digest
from eigen2arc.core.checks import check_crops
from eigen2arc.core.code_digest import code_digest
from eigen2arc.core.errors import UserError, parsing
from eigen2arc.core.files import atomic_write, write_json
from eigen2arc.core.progress import progress_bars
from eigen2arc.core.types import Dataset, Faces, Images


class Crops(Protocol):
    """N crops of one size.

    name : says which they are. damaged : the numbers of those that could not be read, and why; it may grow while crops
    are read.
    """

    name: str
    damaged: dict[int, str]

    def __len__(self) -> int: ...

    def read(self, number: int) -> np.ndarray | None:
        """Read a crop, (S, S, 3) uint8 RGB; None for a damaged one. May be called from several threads."""
        ...


class CutCrops:
    """The crops of a file that face_crops wrote."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        note = unreadable_of(path)
        with parsing(path, "is not a file of cut faces", f"Remove it and {note.name}: they are made again"):
            self.crops = np.load(path, mmap_mode="r")
            check_crops(self.crops)
            reasons = json.loads(note.read_text("utf-8")) if note.exists() else {}
            self.damaged = {int(number): str(why) for number, why in reasons.items()}

    def __len__(self) -> int:
        return len(self.crops)

    def read(self, number: int) -> np.ndarray | None:
        return None if number in self.damaged else self.crops[number]


class ArrayCrops:
    """Crops in memory, (N, S, S, 3) uint8."""

    name = "array"

    def __init__(self, crops: np.ndarray) -> None:
        self.crops = crops
        self.damaged: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self.crops)

    def read(self, number: int) -> np.ndarray | None:
        crop: np.ndarray = self.crops[number]
        return crop


class CropImages:
    """Images that are aligned crops already: read each time they are asked for, however many there are, and scaled."""

    def __init__(self, images: Images, size_px: int) -> None:
        self.name = images.version
        self.images, self.size_px = images, size_px
        self.damaged: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self.images)

    def read(self, number: int) -> np.ndarray | None:
        """Read an image as a crop; one that cannot be read is noted in ``damaged``."""
        if number in self.damaged:
            return None
        try:
            image = self.images[number]
        except UserError as error:
            self.damaged[number] = str(error)
            return None
        side = (self.size_px, self.size_px)
        return image if image.shape[:2] == side else cv2.resize(image, side, interpolation=cv2.INTER_AREA)


def crops_of(dataset: Dataset, folder: Path, *, size_px: int, jitter: float, seed: int) -> Crops:
    """Open the crops of a set: its annotated faces, cut once into ``folder`` by face_crops, or else its images."""
    if dataset.faces is None:
        return CropImages(dataset.images, size_px)
    return CutCrops(face_crops(dataset, folder, size_px=size_px, jitter=jitter, seed=seed))


def face_crops(dataset: Dataset, folder: Path, *, size_px: int, jitter: float, seed: int) -> Path:
    """Cut a data set's faces by their annotated points, once; return the .npy file of (N, S, S, 3) uint8 crops.

    jitter : the error that a detector's points would have, standard deviation as a share of the distance of the eyes.
    An image that cannot be read, or has no annotated face, leaves black pixels, and its number and the reason in
    unreadable_of(file), JSON.

    The file in ``folder`` is named by a hash of all that it depends on. One that is there is used, so that later epochs
    cost no drawing or decoding; one that was stopped half-way is continued, and any number of processes may ask for it.
    """
    assert dataset.faces is not None
    faces, n = dataset.faces, len(dataset.images)
    code = code_digest(five_point.__name__)
    name = f"crops-{digest(dataset.images.version, _digest(faces), size_px, jitter, seed, n, code)}"
    path = folder / f"{name}.npy"
    pieces = folder / name
    if path.exists():
        shutil.rmtree(pieces, ignore_errors=True)  # of a process that was killed before it could
        return path
    aligner = five_point.build(size_px=size_px)

    def cut(i: int) -> np.ndarray | str:
        """Cut a crop, or say why there is none."""
        if not len(faces[i]):
            return f"{dataset.images.names[i]}: has no annotated face"
        try:
            image = dataset.images[i]
        except UserError as error:
            return str(error)
        return aligner.align(image, jittered(faces[i][:1], jitter, np.random.default_rng((seed, i))))[0]

    def make(chunk: range) -> Arrays:
        made = dict(zip(chunk, pool.map(cut, chunk), strict=True))
        black = np.zeros((size_px, size_px, 3), np.uint8)
        reasons = {i: one for i, one in made.items() if isinstance(one, str)}
        return {
            "crops": np.stack([black if isinstance(one, str) else one for one in made.values()]),
            "unreadable": np.array(json.dumps(reasons)),
        }

    unreadable = dict[str, str]()
    try:
        with ThreadPoolExecutor(torch.get_num_threads()) as pool, progress_bars() as bars, atomic_write(path) as file:
            header = {"descr": "|u1", "fortran_order": False, "shape": (n, size_px, size_px, 3)}
            write_array_header_1_0(file, header)
            for piece in Store(folder).chunks(name, n, make, bars, "cut faces"):
                file.write(piece["crops"].data)
                unreadable |= json.loads(str(piece["unreadable"]))
            if unreadable:
                write_json(unreadable_of(path), unreadable)
    except FileNotFoundError:
        if not path.exists():  # else another process was done first, and has cleaned up
            raise
    shutil.rmtree(pieces, ignore_errors=True)
    return path


def _digest(faces: Sequence[Faces]) -> str:
    """sha256 of all boxes and points: other annotations of the same images make other crops."""
    total = hashlib.sha256()
    for face in faces:
        total.update(face.boxes.tobytes() + (b"" if face.landmarks is None else face.landmarks.tobytes()))
    return total.hexdigest()


def unreadable_of(path: Path) -> Path:
    """Return the path of the note which images of a file of crops could not be read; none is there if all could be."""
    return path.with_suffix(".unreadable.json")


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
