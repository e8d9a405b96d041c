"""Where the files in a .tar archive lie, from its headers alone; for reading them at random.

POSIX.1-1988 (ustar), POSIX.1-2001 (pax: path and size) and GNU long names. The standard library's reader would take
the memory that a header asks for; this one checks every length against the file first.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn

from eigen2arc.core.errors import UserError

BLOCK = 512

#: A longer name, or a longer list of what pax has to say about a file, is not believed.
MOST_NAME_BYTES = 1 << 16

REGULAR = (b"0", b"\0", b"7")


class Member(NamedTuple):
    """A regular file in an archive: its content is the bytes from offset to offset + size."""

    name: str
    offset: int
    size: int


def members(path: Path) -> Iterator[Member]:
    """Yield the regular files of an archive, in its order; folders and links are left out.

    Raises UserError, which names the byte, for a file that is missing, compressed, cut off, or no archive.
    """
    try:
        with path.open("rb", buffering=0) as file:
            yield from _members(path, file.fileno(), os.fstat(file.fileno()).st_size)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error


def _members(path: Path, handle: int, total: int) -> Iterator[Member]:
    at = 0
    name, size_by_pax = b"", None  # what a header in front of the file's own says about it
    while any(block := os.pread(handle, BLOCK, at)):
        if len(block) < BLOCK:
            break
        size = _number(path, at, block[124:136]) if size_by_pax is None else size_by_pax
        _check_sum(path, at, block)
        offset, kind = at + BLOCK, block[156:157]
        if offset + size > total:
            _refuse(path, at, f"a file of {size:,} bytes, but the archive has {total:,}: it was cut off")
        if kind in b"xL":
            if size > MOST_NAME_BYTES:
                _refuse(path, at, f"a name of {size:,} bytes")
            note = os.pread(handle, size, offset)
            if kind == b"x":
                said = _pax(path, at, note)
                name, size_by_pax = said.get(b"path", name), _decimal(path, at, said.get(b"size"))
            else:
                name = note.rstrip(b"\0")
        elif kind not in b"gK":
            if kind in REGULAR:
                yield Member((name or _own_name(block)).decode("utf-8", "backslashreplace"), offset, size)
            name, size_by_pax = b"", None
        at = offset + size + -size % BLOCK
    if len(block) < BLOCK:
        _refuse(path, at, "the end, without the empty block that ends an archive: it was cut off")


def _own_name(block: bytes) -> bytes:
    """Read prefix/name, where the header is POSIX's; GNU keeps other things in the prefix."""
    name, prefix = block[:100].split(b"\0")[0], block[345:500].split(b"\0")[0]
    return prefix + b"/" + name if prefix and block[257:263] == b"ustar\0" else name


def _number(path: Path, at: int, field: bytes) -> int:
    """Parse octal digits, or GNU's base 256 where the first bit is set."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:])
    digits = field.strip(b" \0")
    if not digits.isdigit() or b"8" in digits or b"9" in digits:
        _refuse(path, at, f"the size {field!r}")
    return int(digits, 8)


def _check_sum(path: Path, at: int, block: bytes) -> None:
    """Check the header's sum, with its own eight bytes taken for spaces."""
    if _number(path, at, block[148:156]) != sum(block) - sum(block[148:156]) + 8 * 0x20:
        _refuse(path, at, "a header whose sum is wrong")


def _pax(path: Path, at: int, note: bytes) -> dict[bytes, bytes]:
    """Records of "length key=value\\n", the length counting the whole record."""
    said: dict[bytes, bytes] = {}
    while note:
        digits, _, _ = note.partition(b" ")
        length = _decimal(path, at, digits) or 0
        record = note[len(digits) + 1 : length]
        key, equals, value = record.partition(b"=")
        if not (equals and value.endswith(b"\n") and length <= len(note)):
            _refuse(path, at, "a broken pax header")
        said[key] = value[:-1]
        note = note[length:]
    return said


def _decimal(path: Path, at: int, digits: bytes | None) -> int | None:
    if digits is not None and not (digits.isdigit() and len(digits) < 20):
        _refuse(path, at, f"the number {digits[:20]!r} in a pax header")
    return None if digits is None else int(digits)


def _refuse(path: Path, at: int, what: str) -> NoReturn:
    raise UserError(f"{path}: is no uncompressed tar archive, or is damaged: {what} at byte {at:,}")
