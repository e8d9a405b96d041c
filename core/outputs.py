"""Outputs: checked before the work that makes them begins, and a folder held by one process at a time."""

import errno
import fcntl
import glob
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import UserError
from .files import naming, shortened, try_lock


def check_file(path: Path | str, *inputs: Path | str | None) -> None:
    """Check that a file can be written under ``path``, before the work that makes it; nothing is left behind.

    inputs : files that are read, and not to be written over. Raises UserError for one of them and for what is no file,
    and OSError, with the path, for what the system refuses.
    """
    path = Path(path)
    if any(one is not None and os.path.exists(one) and path.exists() and path.samefile(one) for one in inputs):
        raise UserError(f"{path}: is the file that is read, and would be written over: name another file")
    with naming(path):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if path.exists() and not path.is_file():
            raise UserError(f"{path}: is a device or pipe, not a file: name a new file")
        _try_below(path.parent, (path.name,))
    _sweep(path.parent.glob(f".{glob.escape(shortened(path.name))}.*.part"))


@contextmanager
def output_folder(path: Path | str) -> Iterator[Path]:
    """Make a folder, check that files can be written into it, and hold it: no other process holds it meanwhile.

    It is held until the block, or the process, ends; where nothing was written, what was made is gone again, and so is
    what a process that was killed has left half written. Raises UserError where another process holds it or it is no
    folder, and OSError, with the path, for what the system refuses. Of the processes of one `accelerate launch` the
    first holds it for all.
    """
    path = Path(path)
    made: list[Path] = []
    try:
        with naming(path):
            _try_below(path)
            for folder in [*reversed(path.parents), path]:
                if not folder.is_dir():
                    folder.mkdir(exist_ok=True)
                    made.append(folder)
        if os.environ.get("RANK", "0") == "0":
            with _held(path):
                _sweep(path.rglob(".*.part"))
                yield path
        else:
            yield path
    finally:
        for folder in made[:1]:
            for inside, _, _ in os.walk(folder, topdown=False):
                with suppress(OSError):  # not empty, or gone
                    os.rmdir(inside)


#: The names of atomic_write and keep_copy, and of what is written to see whether it can be.
TEMPORARY = re.compile(r"\.(.+\.)?(\w{8}|\d+)\.part", re.DOTALL)


def _sweep(files: Iterable[Path]) -> None:
    """Remove what processes that were killed have left half written; what somebody is writing is locked."""
    for path in files:
        if TEMPORARY.fullmatch(path.name) and path.is_file() and not path.is_symlink():
            with suppress(OSError), path.open("rb") as file:
                if try_lock(file.fileno()):
                    path.unlink()


def _try_below(folder: Path, names: tuple[str, ...] = ()) -> None:
    """Write a few bytes into a folder or, where it has to be made, into the nearest one that is there.

    names : of what would have to be made in ``folder``. Raises OSError.
    """
    whole, there = folder.joinpath(*names), folder
    while not (there.exists() or there.is_symlink()):
        names, there = (there.name, *names), there.parent
    if not there.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(there))
    longest = os.pathconf(there, "PC_NAME_MAX")
    if any(len(os.fsencode(name)) > longest for name in names):
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), str(whole))
    try:
        with tempfile.NamedTemporaryFile(dir=there, prefix=".", suffix=".part", buffering=0) as file:
            file.write(bytes(4096))
    except FileNotFoundError:  # though it is there: a folder of the system's own, as /proc
        raise UserError(f"{whole}: no file can be made there: take another folder") from None


#: What the folders that this process holds are open as.
_HANDLES: set[int] = set()


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    _HANDLES.add(handle)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(
                f"{folder}: another process is writing into it: wait until it is done, or take another folder"
            ) from None
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        _HANDLES.discard(handle)
        os.close(handle)


def _let_go() -> None:
    """Close in a child process what only its parent holds: a child that outlives it would hold the folder for it."""
    for handle in _HANDLES:
        os.close(handle)
    _HANDLES.clear()


os.register_at_fork(after_in_child=_let_go)
