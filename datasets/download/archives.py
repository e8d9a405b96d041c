"""Unpacking a downloaded archive without letting it write anywhere but into its folder.

By the standard library with our own checks: pooch's processors know no limit of size, and trust a tar on Python 3.11.
"""

import bz2
import fcntl
import gzip
import io
import lzma
import os
import shutil
import stat
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from eigen2arc.core.artefacts import file_digest
from eigen2arc.core.errors import UserError

TAR_SUFFIXES = (".tgz", ".tar.gz", ".tar")

#: Some ten times the largest of the sets; an archive that promises more is refused before it is unpacked.
MAX_UNPACKED_BYTES = 16 << 30

#: More files than any set has: a disk holds only so many, empty ones too.
MOST_MEMBERS = 1 << 22

#: What a tar may say about one file, its name for one.
MOST_HEADER_BYTES = 1 << 16

#: What a zip may say about all of its files; some half a million of them.
MOST_DIRECTORY_BYTES = 32 << 20

#: Archives in archives in archives; the sets have two.
MOST_DEPTH = 4

#: Where an archive is unpacked until it is complete.
UNPACKING = ".unpacking-"

#: So long somebody may take between making such a folder and locking it.
UNLOCKED_S = 60

#: How a file begins -> what opens it.
COMPRESSED: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}


def is_archive(path: Path | str) -> bool:
    """Tell whether unpack() knows the file, by its suffix."""
    return str(path).lower().endswith((*TAR_SUFFIXES, ".zip"))


def unpack_all(archive: Path, folder: Path, *, max_bytes: int = MAX_UNPACKED_BYTES) -> None:
    """Unpack an archive, those among its top entries, and so on; see unpack().

    Raises UserError, too, for one that holds itself, for archives that lie too deep in one another, and where all of
    them together hold more than ``max_bytes``.
    """
    waiting: list[tuple[Path, tuple[str, ...]]] = [(archive, ())]
    left = max_bytes
    while waiting:
        one, above = waiting.pop()
        entries, unpacked = _unpack(one, folder, left)
        left -= unpacked
        inside = [entry for entry in entries if is_archive(entry) and entry.is_file()]
        if not inside:
            continue
        chain = (*above, file_digest(one))
        if len(chain) >= MOST_DEPTH:
            raise UserError(f"{archive}: refused, archives lie in it more than {MOST_DEPTH} deep")
        if any(file_digest(entry) in chain for entry in inside):
            raise UserError(f"{archive}: refused, it holds itself")
        waiting += [(entry, chain) for entry in inside]


def unpack(archive: Path, folder: Path, *, max_bytes: int = MAX_UNPACKED_BYTES) -> list[Path]:
    """Unpack a .zip, .tar or .tgz into ``folder``; returns the top entries that it held.

    It is unpacked next to its destination and moved there when it is complete, so a reader never meets half of it,
    and a top entry that is already there is whole, and stays. What a killed process left half unpacked is removed.
    Backslashes in names lead into folders, as on Windows.
    Raises UserError for an archive that is damaged, encrypted or compressed in a way that is not known, names a path
    outside the folder, holds a link, a name that is too long, a file and a folder of one name, or more than
    ``max_bytes``.
    """
    return _unpack(archive, folder, max_bytes)[0]


def _unpack(archive: Path, folder: Path, max_bytes: int) -> tuple[list[Path], int]:
    """Top entries, and the bytes that were unpacked."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _own_folder(folder) as temporary:
            write = _unpack_zip if archive.name.lower().endswith(".zip") else _unpack_tar
            total = write(archive, temporary, max_bytes)
            entries = sorted(temporary.iterdir())
            for entry in entries:
                if not (folder / entry.name).exists():
                    os.replace(entry, folder / entry.name)
            return [folder / entry.name for entry in entries], total
    except (UserError, MemoryError):
        raise
    except Exception as error:  # there is nothing that a broken archive does not make its readers raise
        raise UserError(f"{archive}: {_say(error, folder)}") from error


def _say(error: Exception, folder: Path) -> str:
    if isinstance(error, FileExistsError | NotADirectoryError | IsADirectoryError):
        return "refused, it holds a file and a folder of one name"
    if isinstance(error, OSError) and error.errno:
        return f"cannot be unpacked into {folder} ({os.strerror(error.errno)})"
    if isinstance(error, NotImplementedError):
        return f"is compressed in a way that is not known here ({error}); unpack it by hand"
    if isinstance(error, tarfile.FilterError):
        return f"refused, {error}"
    return f"is damaged ({error or type(error).__name__}); remove it and fetch it again"


@contextmanager
def _own_folder(folder: Path) -> Iterator[Path]:
    """Make a folder that is removed in the end; those of processes that were killed are removed, too.

    A lock tells them from those in use: the system lifts it when its process ends.
    """
    for left in folder.glob(f"{UNPACKING}*"):
        if time.time() - left.stat().st_mtime > UNLOCKED_S and _lock(left) is not None:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=UNPACKING) as temporary:
        handle = _lock(Path(temporary))
        try:
            yield Path(temporary)
        finally:
            if handle is not None:
                os.close(handle)


def _lock(folder: Path) -> int | None:
    """Lock a folder; the handle to be closed, None where somebody else has it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


class _HeaderStream(io.RawIOBase):
    """The bytes of a tar as tarfile reads them, which would take the memory that a header asks for."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream

    def read(self, size: int = -1, /) -> bytes:
        if not 0 <= size <= MOST_HEADER_BYTES:
            raise tarfile.ReadError(f"a header of more than {MOST_HEADER_BYTES:,} bytes")
        return self.stream.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self.stream.seek(offset, whence)

    def tell(self) -> int:
        return self.stream.tell()


def _unpack_tar(archive: Path, folder: Path, max_bytes: int) -> int:
    total = count = 0
    with archive.open("rb") as file:
        start = file.read(6)
        file.seek(0)
        opener = next((opener for magic, opener in COMPRESSED.items() if start.startswith(magic)), None)
        stream = file if opener is None else opener(file)
        content: Any = _HeaderStream(stream)
        with tarfile.open(fileobj=content, mode="r:") as tar:
            while (member := tar.next()) is not None:
                total, count = total + max(0, member.size), count + 1
                _check_total(archive, total, count, max_bytes)
                if name := _place(archive, member.name):
                    if member.islnk() or member.issym():
                        raise UserError(f"{archive}: refused, {member.name!r} is a link")
                    member.name = name
                    tar.extract(member, folder, filter="data")
                # Else they are kept, however many there are, each with what is said about all of them.
                tar.members.clear()  # type: ignore[attr-defined]
                tar.pax_headers = {}
            # A header that it cannot read is to tarfile as good as the empty block that ends an archive.
            content.seek(tar.offset)
            end = content.read(tarfile.BLOCKSIZE)
            if len(end) < tarfile.BLOCKSIZE or any(end):
                raise tarfile.ReadError("it has no end: a header is broken, or it was cut off")
    return total


class BoundedReads(io.FileIO):
    """Open a zip as a file from which zipfile reads its directory, and bound the memory that this may take."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            size = os.fstat(self.fileno()).st_size - self.tell()
        if size > MOST_DIRECTORY_BYTES:
            raise zipfile.BadZipFile(f"a directory of more than {MOST_DIRECTORY_BYTES:,} bytes")
        return super().read(size)


def _unpack_zip(archive: Path, folder: Path, max_bytes: int) -> int:
    with BoundedReads(archive) as file, zipfile.ZipFile(file) as bundle:
        members = bundle.infolist()
        # The sizes in the headers can be trusted here: zipfile stops reading a member where its header says.
        total = sum(member.file_size for member in members)
        _check_total(archive, total, len(members), max_bytes)
        for member in members:
            is_folder = member.filename.endswith(("/", "\\"))
            name = _place(archive, member.filename)
            if not name:
                continue
            if stat.S_ISLNK(member.external_attr >> 16):
                raise UserError(f"{archive}: refused, {member.filename!r} is a link")
            if member.flag_bits & 1:
                raise UserError(f"{archive}: is encrypted; unpack it by hand, with its password")
            member.filename = f"{name}/" if is_folder else name
            bundle.extract(member, folder)
    return total


def _place(archive: Path, name: str) -> str:
    """Check a member's name; return it with forward slashes, "" for the folder itself. Raises UserError."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    if ".." in parts or name.startswith(("/", "\\")) or (parts and ":" in parts[0]):
        raise UserError(f"{archive}: refused, {name[:99]!r} lies outside the folder")
    if len(os.fsencode(name)) > 2048 or max((len(os.fsencode(part)) for part in parts), default=0) > 255:
        raise UserError(f"{archive}: refused, the name {name[:40]!r}... is too long")
    return "/".join(parts)


def _check_total(archive: Path, total: int, count: int, max_bytes: int) -> None:
    if total > max_bytes:
        raise UserError(f"{archive}: refused, it holds more than the allowed {max_bytes:,} bytes")
    if count > MOST_MEMBERS:
        raise UserError(f"{archive}: refused, it holds more than the allowed {MOST_MEMBERS:,} files")
