"""MATLAB's files, of versions 4 and 5 of the format: numbers, text, cells and structures.

Ours, because scipy's reader, compiled code, takes what a file says on trust: three hundred bytes that promise a cell of
2^28 entries took 2 GB and half a minute, and a few flipped bits take the whole process down. Here no more memory is
taken than the content needs. MathWorks, "MAT-File Format" (2019).
"""

import math
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eigen2arc.core.errors import parsing

#: More than twenty times what the largest of the lists and sets has, uncompressed.
MOST_BYTES = 64 << 20

#: Entries of cells and structures in a file; the lists have up to a hundred thousand.
MOST_ENTRIES = 1 << 19

#: Cells in cells.
MOST_DEPTH = 32

HEADER_BYTES = 128

#: Kinds of elements.
MATRIX, COMPRESSED = 14, 15
NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
ENCODINGS = {1: "latin-1", 2: "latin-1", 16: "utf-8", 4: "utf-16", 17: "utf-16"}

#: Classes of arrays; the rest are numbers.
CELL, STRUCTURE, TEXT, NUMERIC = 1, 2, 4, range(6, 16)

#: How version 4 stores numbers, by the tens of the first number of its header.
OLD_NUMBERS = ("f8", "f4", "i4", "i2", "u2", "u1")


def read_mat(path: Path, names: Sequence[str], what: str) -> dict[str, Any]:
    """Read the variables ``names`` of a MATLAB file, in the form of scipy.io.loadmat.

    Numbers are arrays of the file's type, a text is an array of one, a cell is an array of objects, a structure one of
    records of objects. Raises UserError, "PATH: what (why)", for a file that is damaged, lacks one or is no such file.
    """
    with parsing(path, what):
        content = path.read_bytes()
        if len(content) > MOST_BYTES:
            raise ValueError(f"more than {MOST_BYTES:,} bytes")
        order = {b"IM": "<", b"MI": ">"}.get(content[HEADER_BYTES - 2 : HEADER_BYTES])
        read = _Reader(order).read(content[HEADER_BYTES:], names) if order else _read_old(content)
        if missing := [name for name in names if name not in read]:
            raise ValueError(f"there is no variable {missing[0]}")
    return {name: read[name] for name in names}


def _read_old(content: bytes) -> dict[str, np.ndarray]:
    """Read the matrices of a file of version 4, little-endian."""
    read: dict[str, np.ndarray] = {}
    at = 0
    while at < len(content):
        kind, rows, columns, imaginary, name_bytes = struct.unpack_from("<5i", content, at)
        if not 0 <= kind < 10 * len(OLD_NUMBERS) or kind % 10 or imaginary or min(rows, columns, name_bytes) < 0:
            raise ValueError("neither version 5 nor numbers of version 4")
        start = at + 20 + name_bytes
        dtype = np.dtype(f"<{OLD_NUMBERS[kind // 10]}")
        at = start + rows * columns * dtype.itemsize
        if at > len(content):
            raise ValueError(f"{rows} x {columns} numbers are promised, {len(content) - start:,} bytes are there")
        name = content[start - name_bytes : start].rstrip(b"\0").decode("latin-1")
        read[name] = np.frombuffer(content[start:at], dtype).reshape(rows, columns, order="F")
    return read


class _Reader:
    """Reads a file of version 5. order : of its bytes, "<" or ">"."""

    def __init__(self, order: str) -> None:
        self.order = order
        self.pair = struct.Struct(f"{order}II")
        self.bytes_left, self.entries_left = MOST_BYTES, MOST_ENTRIES

    def read(self, content: bytes, names: Sequence[str]) -> dict[str, np.ndarray]:
        read = {}
        for kind, inside in self._elements(content, padded=False):
            if kind == COMPRESSED:
                stream = zlib.decompressobj()
                body = stream.decompress(inside, self.bytes_left)
                self.bytes_left -= len(body)
                if stream.unconsumed_tail:
                    raise ValueError(f"more than {MOST_BYTES:,} bytes when it is unpacked")
                kind, inside = next(self._elements(body, padded=True))
            if kind == MATRIX:
                elements = self._elements(inside, padded=True)
                flags, dimensions, name = (next(elements)[1] for _ in range(3))
                if (called := name.decode("latin-1")) in names:
                    read[called] = self._array(flags, dimensions, elements, 0)
        return read

    def _matrix(self, content: bytes, depth: int) -> np.ndarray:
        """Read an entry of a cell or structure."""
        if not content:
            return np.zeros((0, 0))
        elements = self._elements(content, padded=True)
        flags, dimensions, _ = (next(elements)[1] for _ in range(3))
        return self._array(flags, dimensions, elements, depth)

    def _array(self, flags: bytes, dimensions: bytes, elements: Iterator[tuple[int, bytes]], depth: int) -> np.ndarray:
        array_class, is_complex = self._integers(flags)[0] & 255, self._integers(flags)[0] & 0x800
        shape = self._integers(dimensions)
        if min(shape, default=-1) < 0 or is_complex or depth > MOST_DEPTH:
            raise ValueError(f"an array of {shape}, {depth} deep{', complex' if is_complex else ''}")
        if array_class == TEXT:
            return self._text(shape, elements)
        if array_class in NUMERIC:
            kind, content = next(elements)
            return np.frombuffer(content, f"{self.order}{NUMBERS[kind]}").reshape(shape, order="F")
        fields: list[str] = []
        if array_class == STRUCTURE:
            (length,) = self._integers(next(elements)[1])
            text = next(elements)[1]
            if length < 1:
                raise ValueError("a structure without names")
            fields = [text[at : at + length].split(b"\0")[0].decode() for at in range(0, len(text), length)]
        elif array_class != CELL:
            raise ValueError(f"an array of the class {array_class}")
        entries = list(self._entries(math.prod(shape) * (len(fields) or 1), elements, depth))
        made = np.empty(shape, [(field, object) for field in fields] or object, order="F")
        flat = made.reshape(-1, order="F")
        for number in range(len(flat)):
            flat[number] = tuple(entries[number * len(fields) :][: len(fields)]) if fields else entries[number]
        return made

    def _entries(self, count: int, elements: Iterator[tuple[int, bytes]], depth: int) -> Iterator[np.ndarray]:
        """Read the arrays in a cell or structure, which is made only after them."""
        self.entries_left -= count
        if self.entries_left < 0:
            raise ValueError(f"more than {MOST_ENTRIES:,} entries")
        for _ in range(count):
            yield self._matrix(next(elements)[1], depth + 1)

    def _text(self, shape: tuple[int, ...], elements: Iterator[tuple[int, bytes]]) -> np.ndarray:
        kind, content = next(elements)
        encoding = ENCODINGS[kind] + {"utf-16<": "-le", "utf-16>": "-be"}.get(ENCODINGS[kind] + self.order, "")
        text = content.decode(encoding)
        if len(shape) != 2 or shape[0] * shape[1] != len(text):
            raise ValueError(f"a text of {shape} has {len(text)} characters")
        return np.array(["".join(text[row :: shape[0]]) for row in range(shape[0])] if text else [], np.str_)

    def _elements(self, content: bytes, *, padded: bool) -> Iterator[tuple[int, bytes]]:
        """Yield kind and content of the elements; one of up to four bytes stands in its own tag."""
        at = 0
        while at + self.pair.size <= len(content):
            kind, size = self.pair.unpack_from(content, at)
            if kind >> 16:
                yield kind & 0xFFFF, content[at + 4 : at + 4 + min(4, kind >> 16)]
                at += self.pair.size
                continue
            at += self.pair.size
            if size > len(content) - at:
                raise ValueError(f"{size:,} bytes are promised, {len(content) - at:,} are there")
            yield kind, content[at : at + size]
            at += size + (-size % 8 if padded else 0)
        if at < len(content):
            raise ValueError("it was cut off")

    def _integers(self, content: bytes) -> tuple[int, ...]:
        return struct.unpack_from(f"{self.order}{len(content) // 4}i", content)
