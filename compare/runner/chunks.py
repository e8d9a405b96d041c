"""Between whole data sets and the artefacts that hold a part of one: images read, faces packed, rows gathered."""

import os
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from eigen2arc.core.artefacts import Arrays
from eigen2arc.core.image import ImageError
from eigen2arc.core.types import Dataset, Faces

#: An array above this is kept in a file that is mapped into memory, from where the system can push it out.
MAPPED_BYTES = 1 << 30


def gather(pieces: Iterable[Arrays], total: int, keys: Sequence[str], folder: Path) -> Arrays:
    """The pieces' rows as one array for each key, and the sum of their seconds. No piece outlives the next one.

    folder : where an array above MAPPED_BYTES lies, in a file without a name that goes with the array.
    """
    whole: Arrays = {"seconds": np.zeros(())}
    start = 0
    for piece in pieces:
        stop = start + len(piece[keys[0]])
        for key in keys:
            if start == 0:
                whole[key] = _empty((total, *piece[key].shape[1:]), piece[key].dtype, folder)
            whole[key][start:stop] = piece[key]
        whole["seconds"] += piece["seconds"]
        start = stop
    return whole


def _empty(shape: tuple[int, ...], dtype: np.dtype, folder: Path) -> np.ndarray:
    if np.prod(shape, dtype=np.int64) * dtype.itemsize <= MAPPED_BYTES:
        return np.empty(shape, dtype)
    with tempfile.TemporaryFile(dir=folder) as file:
        return np.memmap(file, dtype, "w+", shape=shape)


def read(dataset: Dataset, chunk: range) -> list[np.ndarray | None]:
    """The chunk's images, decoded in parallel; None for one that cannot be read."""

    def read(index: int) -> np.ndarray | None:
        try:
            return dataset.images[index]
        except ImageError:
            return None

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(read, chunk))


def pack(found: list[Faces], seconds: float) -> Arrays:
    """Faces of several images as flat arrays."""
    points = [np.full((len(f), 5, 2), np.nan) if f.landmarks is None else f.landmarks for f in found]
    return {
        "count": np.array([len(f) for f in found], np.int64),
        "boxes": np.concatenate([f.boxes for f in found]),
        "scores": np.concatenate([f.scores for f in found]),
        "landmarks": np.concatenate(points),
        "seconds": np.array(seconds),
    }


def unpack(arrays: Arrays) -> list[Faces]:
    stops = np.cumsum(arrays["count"])
    return [
        Faces(arrays["boxes"][a:b], arrays["scores"][a:b], arrays["landmarks"][a:b])
        for a, b in zip(stops - arrays["count"], stops, strict=True)
    ]
