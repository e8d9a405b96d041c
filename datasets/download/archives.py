"""Unpacking a downloaded archive without letting it write anywhere but into its folder.

By the standard library with our own checks: pooch's processors know no limit of size, and trust a tar on Python 3.11.
"""

import os
import stat
import tarfile
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from eigen2arc.core.errors import UserError

TAR_SUFFIXES = (".tgz", ".tar.gz", ".tar")

#: Some ten times the largest of the sets; an archive that promises more is refused before it is unpacked.
MAX_UNPACKED_BYTES = 16 << 30


def is_archive(path: Path | str) -> bool:
    """Tell whether unpack() knows the file, by its suffix."""
    return str(path).lower().endswith((*TAR_SUFFIXES, ".zip"))


def unpack(archive: Path, folder: Path, *, max_bytes: int = MAX_UNPACKED_BYTES) -> list[Path]:
    """Unpack a .zip, .tar or .tgz into ``folder``; returns the top entries that it held.

    It is unpacked next to its destination and moved there when it is complete, so a reader never meets half of it,
    and a top entry that is already there is whole, and stays. Raises UserError for an archive that is damaged, names
    a path outside the folder, or holds more than ``max_bytes``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".unpacking-") as temporary:
        try:
            if archive.name.lower().endswith(".zip"):
                _unpack_zip(archive, Path(temporary), max_bytes)
            else:
                _unpack_tar(archive, Path(temporary), max_bytes)
        except tarfile.FilterError as error:
            raise UserError(f"{archive}: refused, {error}") from error
        except (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error) as error:
            raise UserError(f"{archive}: is damaged ({error}); remove it and fetch it again") from error
        entries = sorted(Path(temporary).iterdir())
        for entry in entries:
            if not (folder / entry.name).exists():
                os.replace(entry, folder / entry.name)
        return [folder / entry.name for entry in entries]


def _unpack_tar(archive: Path, folder: Path, max_bytes: int) -> None:
    total = 0
    with tarfile.open(archive) as tar:
        for member in tar:
            total += member.size
            _check_total(archive, total, max_bytes)
            tar.extract(member, folder, filter="data")


def _unpack_zip(archive: Path, folder: Path, max_bytes: int) -> None:
    with zipfile.ZipFile(archive) as bundle:
        # The sizes in the headers can be trusted here: zipfile stops reading a member where its header says.
        _check_total(archive, sum(member.file_size for member in bundle.infolist()), max_bytes)
        for member in bundle.infolist():
            path = PurePosixPath(member.filename.replace("\\", "/"))
            if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
                raise UserError(f"{archive}: refused, {member.filename!r} lies outside the folder")
            if stat.S_ISLNK(member.external_attr >> 16):
                raise UserError(f"{archive}: refused, {member.filename!r} is a link")
            bundle.extract(member, folder)


def _check_total(archive: Path, total: int, max_bytes: int) -> None:
    if total > max_bytes:
        raise UserError(f"{archive}: refused, it holds more than the allowed {max_bytes:,} bytes")
