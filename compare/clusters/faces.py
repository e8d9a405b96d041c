"""All faces of a folder of photos with their vectors: read in chunks, so that a kill costs little."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.progress import Progress

from eigen2arc.compare.data_tools.video_frames import batches
from eigen2arc.core.artefacts import Arrays, Store, digest
from eigen2arc.core.code_digest import code_digest
from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import SUFFIXES
from eigen2arc.core.image_folder import image_names
from eigen2arc.core.preferred import Recognizer
from eigen2arc.core.types import Faces
from eigen2arc.datasets.images.lazy import FileImages
from eigen2arc.recognize.reading.face_quality import BLURRED, TINY_EYES_PX, place, sharpness
from eigen2arc.recognize.reading.face_reader import FaceReader

#: Images in one chunk: a few seconds of work.
CHUNK = 64

#: The crop in which sharpness is measured.
CROP = Component("aligner", "five_point")

#: What is read of each face.
COLUMNS = ("image", "boxes", "detection", "eyes_px", "sharpness", "vectors")

#: What an error says of a file, so many characters of it.
PROBLEM = "<U300"


class FolderFaces(NamedTuple):
    """All faces of the images of a folder, in the order of the images, the best detection of an image first.

    folder, names : the images, by their paths below the folder. image (F,) int64 : the image of each face. boxes (F, 4)
    float32. detection (F,) float32 : how sure the detector is. eyes_px, sharpness (F,) float32 : see
    recognize.reading.face_quality. vectors (F, D) float32. unreadable : what is wrong, by the image's name.
    """

    folder: Path
    names: tuple[str, ...]
    image: np.ndarray
    boxes: np.ndarray
    detection: np.ndarray
    eyes_px: np.ndarray
    sharpness: np.ndarray
    vectors: np.ndarray
    unreadable: dict[str, str]

    def __len__(self) -> int:
        return len(self.image)

    @property
    def unclear(self) -> np.ndarray:
        """Why a face cannot be told apart, (F,) texts: "tiny", "blurred", or "" for one that can."""
        return np.where(self.eyes_px < TINY_EYES_PX, "tiny", np.where(self.sharpness < BLURRED, "blurred", ""))


def read_folder(folder: Path, recognizer: Recognizer, *, store: Store, progress: Progress) -> FolderFaces:
    """Read all faces of the images below a folder. What is computed is kept in ``store``.

    Raises UserError for a folder that is none, or holds no images.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder")
    names = tuple(image_names(folder))
    if not names:
        raise UserError(f"{folder}: the folder holds no images ({', '.join(sorted(SUFFIXES))})")
    parts = recognizer[:3]
    reader = FaceReader(*(part.built for part in parts))

    def make(chunk: range) -> Arrays:
        return _read(folder, [names[i] for i in chunk], reader)

    keys = [part.key for part in parts], code_digest(__name__)
    key = digest(FileImages(folder, names).version, CHUNK, *keys)
    pieces: list[Arrays] = []
    unreadable: dict[str, str] = {}
    for number, part in enumerate(store.chunks(f"folderfaces-{key}", len(names), make, progress, "read faces", CHUNK)):
        pieces.append(part | {"image": part["image"] + number * CHUNK})
        problems = part["problems"].tolist()
        unreadable |= {names[number * CHUNK + i]: problem for i, problem in enumerate(problems) if problem}
    columns = {name: np.concatenate([piece[name] for piece in pieces]) for name in COLUMNS}
    return FolderFaces(folder=folder, names=names, unreadable=unreadable, **columns)


def _read(folder: Path, names: list[str], reader: FaceReader) -> Arrays:
    """The faces of some images as arrays; ``image`` counts from the first of them."""
    problems: list[str] = []
    at = {folder / name: i for i, name in enumerate(names)}
    index: list[int] = []
    faces: list[Faces] = []
    sharp: list[float] = []
    vectors: list[np.ndarray] = []
    seen = np.zeros(len(names), bool)
    for batch in batches(list(at), lambda error: problems.append(str(error))):
        for frame, read in zip(batch, reader.read([one.image for one in batch]), strict=True):
            seen[at[frame.path]] = True
            index += [at[frame.path]] * len(read)
            faces += [read.faces[[i]] for i in range(len(read))]
            sharp += map(sharpness, CROP.built.align(frame.image, read.faces))
            vectors.append(read.vectors)
    said = np.full(len(names), "", PROBLEM)
    said[~seen] = problems  # in the order of the images
    dimensions = reader.pattern.shape
    return {
        "image": np.array(index, np.int64),
        "boxes": _column((one.boxes[0] for one in faces), (4,)),
        "detection": _column((one.scores[0] for one in faces), ()),
        "eyes_px": _column((place(one).eyes_px for one in faces), ()),
        "sharpness": _column(sharp, ()),
        "vectors": np.concatenate([np.empty((0, *dimensions), np.float32), *vectors]),
        "problems": said,
    }


def _column(values: Iterable[object], shape: tuple[int, ...]) -> np.ndarray:
    return np.array(list(values), np.float32).reshape(-1, *shape)
