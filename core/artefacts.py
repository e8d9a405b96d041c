"""Intermediate results on disk, named after all that they depend on: input, stage, settings and code.

So two systems share what they have in common, a rerun computes only what changed, and a run that was killed goes on
where it stopped.
"""

import hashlib
import json
import logging
import math
import os
import re
import struct
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.lib import format as npy

from .errors import UserError
from .files import atomic_write

if TYPE_CHECKING:
    from rich.progress import Progress

log = logging.getLogger(__name__)

Arrays = dict[str, np.ndarray]

#: Items in one chunk: a few seconds of work, which is what a kill costs at most.
CHUNK = 256

#: A larger array lies in a file that is mapped into memory, so that the system can page it out.
MAPPED_BYTES = 1 << 30


def digest(*parts: Any) -> str:
    """Compute a name for these values (what JSON can hold, and arrays): 32 hex digits, the same on every machine."""
    text = json.dumps(parts, sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return [value.shape, value.dtype.str, array_sha256(value)]
    return str(value)


def array_sha256(array: np.ndarray) -> str:
    """Compute the SHA-256 of an array's values in C order, 64 hex digits."""
    return hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()


def file_digest(path: Path) -> str:
    """Compute the SHA-256 of a file's content, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


#: Bytes of the digest that a file of arrays ends with.
DIGEST_BYTES = hashlib.sha256().digest_size

#: What stands before a member of a zip; the last two are the lengths of its name and of what is said besides.
LOCAL_HEADER = struct.Struct("<4s5H3I2H")

#: How a file of arrays is read while its digest is taken.
READ_BYTES = 1 << 20


class _Digesting:
    """A file that is written from its beginning to its end, and the SHA-256 of what was written."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.file, self.sha256 = file, hashlib.sha256(name.encode())

    def write(self, data: bytes) -> int:
        self.sha256.update(data)
        return self.file.write(data)

    def flush(self) -> None:
        self.file.flush()


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray], name: str = "") -> None:
    """Write arrays to ``path``, atomically: an .npz without compression, the same bytes for the same arrays.

    The comment that a zip ends with is the SHA-256 of ``name`` and of the file up to it, zeros in its place: so neither
    a bit of the file, nor the file under another name, is taken for what was written.
    """
    with atomic_write(path) as file:
        digesting = _Digesting(file, name)
        with zipfile.ZipFile(digesting, "w") as archive:  # type: ignore[call-overload]
            for key, array in arrays.items():
                with archive.open(zipfile.ZipInfo(f"{key}.npy"), "w", force_zip64=True) as member:
                    npy.write_array(member, np.asanyarray(array), allow_pickle=False)
            archive.comment = bytes(DIGEST_BYTES)
        file.seek(-DIGEST_BYTES, os.SEEK_END)
        file.write(digesting.sha256.digest())


def read_arrays(path: Path, name: str = "") -> Arrays:
    """Read what write_arrays wrote. Raises UserError, which names the file, for anything else.

    No more memory is taken than the file is long: what the arrays are said to hold has to be in it.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            _check_digest(file, size, name)
            with zipfile.ZipFile(file) as archive:
                members = archive.infolist()
                if sum(max(0, one.file_size) for one in members) > size:
                    raise ValueError("it is said to hold more than there is")
                return {one.filename.removesuffix(".npy"): _read_array(file, one) for one in members}
    except MemoryError:
        raise
    except Exception as error:  # a digest is no secret: what stands behind a right one may be made to break a reader
        raise UserError(f"{path}: is damaged ({error or type(error).__name__})") from error


def _check_digest(file: BinaryIO, size: int, name: str) -> None:
    sha256 = hashlib.sha256(name.encode())
    left = size - DIGEST_BYTES
    while left > 0 and (piece := file.read(min(left, READ_BYTES))):
        sha256.update(piece)
        left -= len(piece)
    sha256.update(bytes(DIGEST_BYTES))
    if left or file.read() != sha256.digest():
        raise ValueError("its content is not what was written")


def _read_array(file: BinaryIO, member: zipfile.ZipInfo) -> np.ndarray:
    file.seek(member.header_offset)
    *_, name_bytes, extra_bytes = LOCAL_HEADER.unpack(file.read(LOCAL_HEADER.size))
    start = file.seek(name_bytes + extra_bytes, os.SEEK_CUR)
    if npy.read_magic(file) == (1, 0):
        shape, fortran_order, dtype = npy.read_array_header_1_0(file)
    else:
        shape, fortran_order, dtype = npy.read_array_header_2_0(file)
    size = file.tell() - start + math.prod(shape) * dtype.itemsize
    if dtype.hasobject or min(shape, default=0) < 0 or size != member.file_size or size != member.compress_size:
        raise ValueError(f"{member.filename} is not an array of {shape} {dtype}")
    # From the file itself: its sum was checked with all the rest.
    array = np.fromfile(file, dtype, math.prod(shape))
    return array.reshape(shape, order="F" if fortran_order else "C")


#: The path of an artefact, or of what is being written as one: see Store and atomic_write.
NAME = re.compile(
    r"(^|/)\.?(?P<kind>[a-z]+)(-[a-z_\d]+)?-[\da-f]{32}(?P<chunk>/\.?\d{7})?\.np[yz](?P<part>\.[^/]+\.part)?$"
)

#: What is being written and has not changed for so long is left over from a process that was killed.
UNFINISHED_S = 3600


class Store:
    """A folder of artefacts, one .npz file each. ``made`` counts those that had to be computed since it was opened.

    Any number of processes may use a folder: a file appears when it is complete, and what two of them make at the same
    time is the same.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made = 0

    def arrays(self, name: str, make: Callable[[], Arrays]) -> Arrays:
        """Return the artefact ``name``: read if it is there, else made and written.

        A damaged file, and one of another name, is made again.
        """
        path = self.folder / f"{name}.npz"
        if path.exists():
            try:
                return read_arrays(path, name)
            except UserError as error:
                log.warning("%s: it is made again", error)
        start_s = time.monotonic()
        arrays = make()
        write_arrays(path, arrays, name)
        self.made += 1
        log.info("%s: made in %.1f s", path, time.monotonic() - start_s)
        return arrays

    def chunks(
        self,
        name: str,
        total: int,
        make: Callable[[range], Arrays],
        bars: "Progress",
        label: str,
        size: int | None = None,
    ) -> Iterator[Arrays]:
        """Yield artefacts that ``make`` computes for ranges of ``total`` items, ``size`` (else CHUNK) at a time.

        bars : shows how far it is, under ``label``. Raises UserError where there are no items.
        """
        if total == 0:
            raise UserError(f"{label}: there are no images")
        task = bars.add_task(label, total=total)
        for start in range(0, total, size or CHUNK):
            chunk = range(start, min(start + (size or CHUNK), total))
            yield self.arrays(f"{name}/{start:07d}", partial(make, chunk))
            bars.update(task, completed=chunk.stop)
        bars.remove_task(task)

    def rows(self, name: str, total: int, make: Callable[[range], Arrays], bars: "Progress", label: str) -> Arrays:
        """Concatenate the rows of the arrays in all chunks, at most ``total``, and sum the scalars; see chunks.

        One chunk at a time is held. An array above MAPPED_BYTES lies in a file of the store's folder, without a name,
        that is removed with the array.
        """
        whole: Arrays = {}
        start = 0
        for chunk in self.chunks(name, total, make, bars, label):
            count = max(len(array) for array in chunk.values() if array.ndim)
            for key, array in chunk.items():
                if array.ndim == 0:
                    whole[key] = whole.get(key, np.zeros(())) + array
                    continue
                if key not in whole:
                    whole[key] = self._empty((total, *array.shape[1:]), array.dtype)
                whole[key][start : start + count] = array
            start += count
        return {key: array[:start] if array.ndim else array for key, array in whole.items()}

    def _empty(self, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        if np.prod(shape, dtype=np.int64) * dtype.itemsize <= MAPPED_BYTES:
            return np.empty(shape, dtype)
        with tempfile.TemporaryFile(dir=self.folder) as file:
            # Taken at once: on a full disk a page that is not there yet would end the process, without a word.
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, int(np.prod(shape, dtype=np.int64)) * dtype.itemsize)
            return np.memmap(file, dtype, "w+", shape=shape)


@dataclass(frozen=True)
class Artefact:
    """A file of a store.

    store : folder of the store. kind : "faces", "crops", "vectors", "model" and so on; "unfinished" for what a process
    was writing when it was killed. made : seconds since 1970.
    """

    path: Path
    store: Path
    kind: str
    size_bytes: int
    made: float

    def delete(self) -> None:
        """Delete the file, and its folder if it was the last of the chunks."""
        self.path.unlink(missing_ok=True)
        if self.path.parent != self.store and not any(self.path.parent.iterdir()):
            self.path.parent.rmdir()


def artefacts(folder: Path) -> Iterator[Artefact]:
    """Find all artefacts below a folder by their names: a kind, a digest, and maybe the number of a chunk."""
    for path in sorted(folder.rglob("*.np[yz]*")):
        named = NAME.search(path.as_posix())
        try:
            state = path.stat()
        except FileNotFoundError:  # another process may use the folder
            continue
        if named is None or (named["part"] and time.time() - state.st_mtime < UNFINISHED_S):
            continue
        kind = "unfinished" if named["part"] else named["kind"]
        yield Artefact(path, path.parents[named["chunk"] is not None], kind, state.st_size, state.st_mtime)
