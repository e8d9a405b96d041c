"""Where the files in a .tar archive lie, from its headers alone; for reading them at random."""

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from eigen2arc.core.errors import UserError

#: More than this is not believed to be about one file: its name, and what pax has to say about it.
MOST_HEADER_BYTES = 1 << 14


class Member(NamedTuple):
    """A regular file in an archive: its content is the bytes from offset to offset + size."""

    name: str
    offset: int
    size: int


class _HeaderFile(io.FileIO):
    """A file that tarfile reads headers from; it would take the memory that one asks for, and this says how much."""

    left = MOST_HEADER_BYTES

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or not 0 <= size <= self.left:
            raise tarfile.ReadError(f"a header of more than {MOST_HEADER_BYTES:,} bytes")
        self.left -= size
        return super().read(size)


def members(path: Path) -> Iterator[Member]:
    """Yield the regular files of an archive, in its order; folders, links and sparse files are left out.

    Raises UserError, which names the byte, for a file that is missing, compressed, cut off, or no archive.
    """
    at = 0
    try:
        with _HeaderFile(path) as file:
            total = file.seek(0, io.SEEK_END)
            file.seek(0)
            with tarfile.open(fileobj=file, mode="r:", encoding="utf-8", errors="backslashreplace") as tar:
                while (member := tar.next()) is not None:
                    if member.size < 0 or not at < tar.offset <= total:
                        raise tarfile.ReadError(
                            f"a file of {member.size:,} bytes, but the archive has {total:,}: it was cut off"
                        )
                    if member.isreg() and not member.issparse():
                        yield Member(member.name, member.offset_data, member.size)
                    at, file.left = tar.offset, MOST_HEADER_BYTES
                    # Else they are kept, the latter with every member, however many there are.
                    tar.members.clear()  # type: ignore[attr-defined]
                    tar.pax_headers = {}
                # A header that it cannot read is to tarfile as good as the empty block that ends an archive.
                file.seek(tar.offset)
                end = file.read(tarfile.BLOCKSIZE)
                if len(end) < tarfile.BLOCKSIZE:
                    raise tarfile.ReadError("the end, without the empty block that ends an archive: it was cut off")
                if any(end):
                    raise tarfile.ReadError("a header whose sum is wrong")
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    except (tarfile.TarError, ValueError, IndexError) as error:
        problem = f"{error} at byte {at:,}"
        raise UserError(f"{path}: is no uncompressed tar archive, or is damaged: {problem}") from error
