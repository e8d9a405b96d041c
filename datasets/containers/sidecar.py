"""Reading pieces of big files, and sidecars: files beside them that cache what was once found out about them."""

import hashlib
import logging
import os
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from eigen2arc.core.artefacts import Arrays, read_arrays, write_arrays
from eigen2arc.core.errors import UserError

#: What sidecars hold: another number makes all of them again.
FORM = "3"

#: What is read of each end of a file to see whether it has changed.
END_BYTES = 1 << 16

log = logging.getLogger(__name__)


def read_at(path: Path, offset: int, count: int) -> bytes:
    """Read ``count`` bytes of a file from ``offset`` on, or fewer where it ends.

    Negative numbers, and those past the end, give none.
    The file is opened each time: that costs a hundredth of decoding a face, takes no handle while nothing is read,
    and is safe in threads and in forked processes. Raises UserError for a file that cannot be read.
    """
    try:
        with path.open("rb", buffering=0) as file:
            # Memory is taken for what is there, not for what a damaged header promises.
            count = min(count, os.fstat(file.fileno()).st_size - offset)
            return os.pread(file.fileno(), count, offset) if count > 0 and offset >= 0 else b""
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error


def cached(paths: Sequence[Path], what: str, make: Callable[[], Arrays]) -> Arrays:
    """Return what ``make`` finds out about the files ``paths``, cached in a sidecar, an .npz beside the first of them.

    It is made again when one of the files has changed, see _stamp, and when the sidecar is damaged. In a folder that
    cannot be written to it is made each time and a warning logged. Raises UserError for a file that is not there.
    """
    sidecar = paths[0].with_name(f"{paths[0].name}.{what}.npz")
    stamp = np.array([FORM, *map(_stamp, paths)])
    if sidecar.exists():
        try:
            arrays = read_arrays(sidecar, what)
            if np.array_equal(arrays.pop("stamp", np.array("")), stamp):
                return arrays
        except UserError as error:
            log.warning("%s: it is made again", error)
    arrays = make()
    try:
        write_arrays(sidecar, {"stamp": stamp, **arrays}, what)
    except OSError as error:
        _warn_once(sidecar.parent, error.strerror or str(error))
    return arrays


@cache
def _warn_once(folder: Path, why: str) -> None:
    """Warn of a folder, not of every shard in it."""
    log.warning("%s: cannot be written to (%s): what is read from its files first is read each time", folder, why)


def content_sha256(path: Path) -> bytes:
    """Compute the SHA-256 of a big file's content, 32 bytes, once: it is cached in a sidecar."""

    def make() -> Arrays:
        with path.open("rb") as file:
            return {"sha256": np.frombuffer(hashlib.file_digest(file, "sha256").digest(), np.uint8)}

    return cached([path], "sha256", make)["sha256"].tobytes()


def _stamp(path: Path) -> str:
    """What tells that a file is another, at the cost of two small reads.

    Size and time of change can be put back, by cp -p and rsync as a matter of course. The time of the last change of
    the inode cannot: the system sets it whenever content or name changes. It counts in ticks of milliseconds, so that a
    small file can change twice in one; both ends of the file are read for that, all of a small one.
    """
    try:
        with path.open("rb", buffering=0) as file:
            state = os.fstat(file.fileno())
            ends = [os.pread(file.fileno(), END_BYTES, at) for at in (0, max(0, state.st_size - END_BYTES))]
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    numbers = (state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino)
    return f"{numbers} {hashlib.sha256(b''.join(ends)).hexdigest()}"
