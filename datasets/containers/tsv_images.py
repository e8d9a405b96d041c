"""Images that lie, as base64 text, in the lines of one enormous table: MS-Celeb-1M's TSV files.

The table is read through once, for where each line's image begins, which is cached in a file beside it. An image is
read when it is asked for. Ours, because readers of tables give lines, not where they lie.
"""

import base64
import binascii
import hashlib
from array import array
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from eigen2arc.core.artefacts import Arrays
from eigen2arc.core.errors import UserError, parsing
from eigen2arc.core.image import ImageError, decode

from .sidecar import cached

COLUMNS = "MID, search rank, image address, page address, face, rectangle, image"
MID, RANK, FACE, IMAGE = 0, 1, 4, 6


#: A longer line has no image of a face.
MOST_LINE_BYTES = 64 << 20


@dataclass(frozen=True)
class TsvImages:
    """The images of a table; implements core.types.Images. Any number of threads may read at the same time.

    path : the table. names : ``MID/RANK-FACE.jpg`` of each image. start, length : (N,) int64, where in the file its
    base64 text is. repeated : how many lines were left out because one before has the same name.
    """

    path: Path
    names: tuple[str, ...]
    start: np.ndarray
    length: np.ndarray
    repeated: int

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> np.ndarray:
        name = f"{self.path}: {self.names[index]}"
        try:
            return decode(base64.b64decode(self._text(index), validate=True), name)
        except binascii.Error as error:
            raise ImageError(f"{name}: is damaged ({error})") from error

    def _text(self, index: int) -> bytes:
        try:
            # Opened anew for each image: a file's position would be shared by the threads.
            with self.path.open("rb") as file:
                file.seek(int(self.start[index]))
                return file.read(int(self.length[index]))
        except OSError as error:
            raise ImageError(f"{self.path}: cannot be read ({error.strerror or error})") from error

    @cached_property
    def version(self) -> str:
        """sha256 over all names and images, taken once, when it is first asked for."""
        total = hashlib.sha256()
        for index, name in enumerate(self.names):
            total.update(name.encode() + b"\0" + hashlib.sha256(self._text(index)).digest())
        return total.hexdigest()

    def select(self, rows: np.ndarray) -> "TsvImages":
        """Select the images of these numbers (M,), in that order."""
        return replace(
            self, names=tuple(self.names[row] for row in rows), start=self.start[rows], length=self.length[rows]
        )


def open_tsv(path: Path) -> TsvImages:
    """Open a table of images, in its order. Raises UserError that names the line which has not the seven columns.

    The table is read through once; where each image begins is cached in ``PATH.index.npz``, see sidecar.cached.
    """
    index = cached([path], "index", lambda: _scan(path))
    names = tuple(index["names"].tobytes().decode().split("\n"))
    return TsvImages(path, names, index["start"], index["length"], int(index["repeated"]))


def _scan(path: Path) -> Arrays:
    """Read a table through once: names as lines of UTF-8 bytes, start and length (N,) int64, repeated ()."""
    names: dict[str, None] = {}
    start, length = array("q"), array("q")
    lines = begin = 0
    with parsing(path, "is damaged"), path.open("rb") as file:
        for lines, line in enumerate(iter(lambda: file.readline(MOST_LINE_BYTES), b""), 1):
            if len(line) == MOST_LINE_BYTES:
                raise UserError(f"{path}:{lines}: a line of more than {MOST_LINE_BYTES:,} bytes ({COLUMNS})")
            fields = line.rstrip(b"\r\n").split(b"\t")
            name = _name(fields)
            if name is None:
                raise UserError(f"{path}:{lines}: expected 7 columns ({COLUMNS}), got {line[:80]!r}")
            if name not in names:
                names[name] = None
                start.append(begin + sum(map(len, fields[:IMAGE])) + IMAGE)
                length.append(len(fields[IMAGE]))
            begin += len(line)
    if not names:
        raise UserError(f"{path}: is empty")
    text = np.frombuffer("\n".join(names).encode(), np.uint8)
    repeated = np.array(lines - len(names))
    return {"names": text, "start": np.array(start), "length": np.array(length), "repeated": repeated}


def _name(fields: list[bytes]) -> str | None:
    """Return the image's name; None for what is no line of the table."""
    if len(fields) != IMAGE + 1 or not fields[MID] or not fields[IMAGE]:
        return None
    try:
        mid, rank, face = (fields[column].decode() for column in (MID, RANK, FACE))
    except UnicodeDecodeError:
        return None
    name = f"{mid}/{rank}-{face}.jpg"
    return None if name.count("/") > 1 or "\\" in name or mid.startswith(".") else name
