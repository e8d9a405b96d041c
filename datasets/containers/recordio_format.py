"""MXNet's RecordIO: how records lie in a .rec file, and what an image's record begins with.

A record is the magic (uint32), cflag << 29 | length (uint32), the data, and zeros up to a multiple of four bytes, all
little-endian. Data in which the magic stands at a multiple of four are cut there, and the magic is left out: cflag is
1 for the first part, 2 for those in between, 3 for the last, 0 where there is one part only (dmlc-core, recordio.cc).

The data of an image are a header (flag uint32, label float32, id uint64, id2 uint64), ``flag`` labels (float32) where
flag > 0, which then count instead of the header's, and the image file (MXNet, recordio.py).

Ours, because MXNet was retired in 2023, and its reader takes the lengths in a file on trust.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.image import ImageError

from .sidecar import read_at

MAGIC = 0xCED7230A
MAGIC_BYTES = struct.pack("<I", MAGIC)
HEAD = struct.Struct("<II")
IMAGE_HEADER = struct.Struct("<IfQQ")
LENGTH_BITS = 29
WHOLE, FIRST, BETWEEN, LAST = range(4)

#: What is read with a record's head: a face of 112 x 112 is in it as a rule.
READ_AHEAD = 16 << 10

#: The magic comes about in an image once in gigabytes; a record of more parts is made to keep its reader busy.
MOST_PARTS = 1 << 12


#: What is read of a record to see what its header says, in bytes.
HEADER_AHEAD = 64

#: A larger file is no image of a face; it would only take the memory.
MOST_BYTES = 1 << 28


class Head(NamedTuple):
    """What the header of an image's record says.

    labels : its first two labels, float32, or the only one. label_count : how many it has. content : whether an image
    file follows; none does in records that only say where others are.
    """

    labels: np.ndarray
    label_count: int
    content: bool


class Record(NamedTuple):
    """A record of an image: its labels and the image file.

    labels : (L,) float32, at least one. content : an image file; empty in records that only say where others are.
    """

    labels: np.ndarray
    content: bytes


def frame(data: bytes) -> bytes:
    """Pack data as one record, with its head and padding. Raises UserError for half a gigabyte and more."""
    parts = list(_cut(data))
    if max(map(len, parts)) >> LENGTH_BITS:
        raise UserError(f"RecordIO: a record of {len(data):,} bytes is more than its {LENGTH_BITS} bits can say")
    flags = [WHOLE] if len(parts) == 1 else [FIRST, *[BETWEEN] * (len(parts) - 2), LAST]
    framed = [HEAD.pack(MAGIC, flag << LENGTH_BITS | len(part)) + part for flag, part in zip(flags, parts, strict=True)]
    return b"".join(framed) + bytes(-len(data) % 4)


def _cut(data: bytes) -> Iterator[bytes]:
    """Yield the data between the magics that stand at multiples of four."""
    start = at = 0
    while (at := data.find(MAGIC_BYTES, at)) >= 0:
        if at % 4:
            at += 1
            continue
        yield data[start:at]
        start = at = at + 4
    yield data[start:]


def image_record(number: int, labels: list[float], content: bytes = b"") -> bytes:
    """Pack an image as a framed record; one label stands in the header, several behind it."""
    one = labels[0] if len(labels) == 1 else 0.0
    several = [] if len(labels) == 1 else labels
    header = IMAGE_HEADER.pack(len(several), one, number, 0)
    return frame(header + struct.pack(f"<{len(several)}f", *several) + content)


def read_record(path: Path, offset: int, name: str) -> Record:
    """Read the record of an image that begins at ``offset``.

    Raises ImageError, with the record's ``name``, for one that is damaged.
    """
    data = read_data(path, offset, name)
    if len(data) < IMAGE_HEADER.size:
        raise ImageError(f"{name}: is damaged (its {len(data)} bytes are fewer than a header has)")
    flag, label, _, _ = IMAGE_HEADER.unpack_from(data)
    end = IMAGE_HEADER.size + 4 * flag
    if end > len(data):
        raise ImageError(f"{name}: is damaged (its header promises {flag:,} labels, it has {len(data):,} bytes)")
    labels = np.frombuffer(data, "<f4", flag, IMAGE_HEADER.size) if flag else np.array([label], np.float32)
    return Record(labels, data[end:])


def read_head(path: Path, offset: int, name: str) -> Head:
    """Read what the header of an image's record says, from its first bytes, however long the record is.

    Raises ImageError, with the record's ``name``, for one that is damaged there, or promises more than the file has.
    """
    data, size, ended = b"", 0, False
    for number, (_, length, ahead, is_last) in enumerate(_parts(path, offset, name, HEAD.size + HEADER_AHEAD)):
        joint = MAGIC_BYTES if number else b""
        data += joint + ahead
        size += len(joint) + length
        ended = is_last
        if len(ahead) < length or len(data) >= HEADER_AHEAD:
            break
    if size < IMAGE_HEADER.size:
        raise ImageError(f"{name}: is damaged (its {size} bytes are fewer than a header has)")
    flag, label, _, _ = IMAGE_HEADER.unpack_from(data)
    end = IMAGE_HEADER.size + 4 * flag
    if end > size and ended:
        raise ImageError(f"{name}: is damaged (its header promises {flag:,} labels, it has {size:,} bytes)")
    labels = np.frombuffer(data, "<f4", min(flag, 2), IMAGE_HEADER.size) if flag else np.array([label], np.float32)
    return Head(labels, max(1, flag), size > end or not ended)


def read_data(path: Path, offset: int, name: str) -> bytes:
    """Read a record's data, joined again where they were cut. Raises ImageError for a damaged record."""
    parts: list[bytes] = []
    total = 0
    for start, length, ahead, _ in _parts(path, offset, name, READ_AHEAD):
        total += length
        if total > MOST_BYTES:
            raise ImageError(f"{name}: is damaged (more than {MOST_BYTES:,} bytes)")
        parts.append(ahead if len(ahead) == length else read_at(path, start, length))
    return MAGIC_BYTES.join(parts)


def _parts(path: Path, offset: int, name: str, ahead_bytes: int) -> Iterator[tuple[int, int, bytes, bool]]:
    """Yield the parts of a record: start, length, as much of it as was read ahead, and whether it is the last."""
    for number in range(MOST_PARTS):
        ahead = read_at(path, offset, ahead_bytes)
        flag, length = _parse_head(ahead, offset, name)
        if flag not in ((BETWEEN, LAST) if number else (WHOLE, FIRST)):
            raise ImageError(f"{name}: is damaged (its part {number + 1} is of kind {flag})")
        start = offset + HEAD.size
        there = path.stat().st_size - start if HEAD.size + length > len(ahead) else length
        if there < length:
            raise ImageError(f"{name}: is damaged (its head promises {length:,} bytes, the file has {there:,})")
        yield start, length, ahead[HEAD.size : HEAD.size + length], flag in (WHOLE, LAST)
        if flag in (WHOLE, LAST):
            return
        offset = start + length + -length % 4
    raise ImageError(f"{name}: is damaged (more than {MOST_PARTS:,} parts)")


def _parse_head(ahead: bytes, offset: int, name: str) -> tuple[int, int]:
    """Parse cflag and length of the part that begins at ``offset``."""
    if len(ahead) < HEAD.size:
        raise ImageError(f"{name}: is damaged (the file ends before its head at byte {offset:,})")
    magic, word = HEAD.unpack_from(ahead)
    if magic != MAGIC:
        raise ImageError(f"{name}: is damaged (no record begins at byte {offset:,})")
    return word >> LENGTH_BITS, word & ((1 << LENGTH_BITS) - 1)
