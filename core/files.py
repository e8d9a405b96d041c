"""Writing files so that a reader never sees half of one: temporary name, sync, rename; and reading JSON, checked."""

import fcntl
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from .errors import UserError, one_line, parsing

T = TypeVar("T")

#: An object of a JSON file: what its values are is up to the file.
Json = dict[str, Any]

#: The largest JSON file that is read; what is made of it takes up to 25 times as much memory.
MAX_JSON_BYTES = 100_000_000


@contextmanager
def atomic_write(path: Path | str, *, private: bool = False) -> Iterator[BinaryIO]:
    """Open a binary file that appears under ``path`` only once it is complete and on the disk.

    The folder is made if it is missing. If the block raises, or the process is killed, ``path`` stays as it was.
    private : only its owner can read it.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with naming(path):
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{shortened(path.name)}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            try_lock(handle)  # until it is closed: see core.outputs
            yield file
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files that only the owner reads; a result is an ordinary file.
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, (0o600 if private else 0o666) & ~umask)
        os.replace(temporary, path)
    except BaseException as error:
        Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename in (None, temporary):
            error.filename = str(path)  # a full disk does not say whose
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the rename itself, too, has to outlive a power cut
    finally:
        os.close(folder)


def expand_home(value: T) -> T:
    """Return a path, text or value of TOML with the home folder in place of a ~ at its, or an inner text's, start."""
    made: Any = value
    if isinstance(value, str) and (value == "~" or value.startswith("~/")):
        made = os.path.expanduser(value)
    elif isinstance(value, list):
        made = [expand_home(inner) for inner in value]
    elif isinstance(value, dict):
        made = {key: expand_home(inner) for key, inner in value.items()}
    return made  # type: ignore[no-any-return]


#: The longest name, in bytes, that leaves room for what a temporary one has besides: file systems allow 255.
LONGEST_NAME = 230


def shortened(name: str) -> str:
    """Return a name, or what a temporary one may have of it."""
    raw = os.fsencode(name)
    return name if len(raw) <= LONGEST_NAME else raw[:LONGEST_NAME].decode(errors="ignore")


def try_lock(handle: int) -> bool:
    """Take the lock of a file until it is closed; False where somebody has it, or the file system knows no locks."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Raise the OSErrors of the block with the path that the user gave in place of a part of it."""
    try:
        yield
    except OSError as error:
        error.filename = str(path)
        raise


#: How Python holds a byte of a name that is not UTF-8. No file in UTF-8 can.
NO_TEXT = re.compile("[\ud800-\udfff]")


def write_text(path: Path | str, text: str) -> None:
    """Write UTF-8 text to a file, atomically. A byte of some name that is not UTF-8 is escaped."""
    with atomic_write(path) as file:
        file.write(NO_TEXT.sub(lambda byte: one_line(byte[0]), text).encode("utf-8"))


def write_json(path: Path | str, value: object) -> None:
    """Write a value as indented JSON to a file, atomically. NaN and infinity are refused: JSON has neither."""
    text = json.dumps(value, indent=1, allow_nan=False, ensure_ascii=False) + "\n"
    write_text(path, NO_TEXT.sub(lambda byte: one_line(byte[0]).replace("\\", "\\\\"), text))


def read_json(path: Path | str, form: type[T], advice: str = "") -> T:
    """Read a JSON file that holds a ``form``: a pydantic model, a dataclass, or a type as dict[str, int].

    Numbers, texts and truth values do not stand for one another. Raises UserError, a line that names the file, the key
    in it, what was expected and what came, and ends with ``advice`` on what to do.
    """
    with parsing(path, "is not JSON", advice):
        return json_as(_json_bytes(Path(path)), form, path, advice)


def json_as(text: str | bytes, form: type[T], where: object, advice: str = "") -> T:
    """Parse JSON that stands inside another file, and holds a ``form``; see read_json."""
    from pydantic import TypeAdapter, ValidationError  # here: what reads no JSON runs without it

    with parsing(where, "is not JSON", advice):
        try:
            return TypeAdapter(form).validate_json(text, strict=True)
        except ValidationError as error:
            wrong = error.errors(include_url=False)[0]
            key = ".".join(str(part).encode("unicode_escape").decode()[:60] for part in wrong["loc"])
            said = wrong["msg"].replace("Input should be", "expected").replace("Field required", "is missing")
            got = "" if wrong["type"] in ("missing", "json_invalid") else f", got {_shown(wrong['input'])}"
            raise UserError(f"{where}: {key}{': ' if key else ''}{said}{got}. {advice}".rstrip(". ")) from None


def parse_json(text: str | bytes, where: object, advice: str = "") -> Any:
    """Parse JSON that stands inside another file. Raises UserError, a line that begins with ``where``, for any other.

    Without pydantic, so that weights are read where it is not installed.
    """
    with parsing(where, "is not JSON", advice):
        return json.loads(text)


def _json_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(MAX_JSON_BYTES + 1)  # not asked for before: a pipe has no size
    if len(content) > MAX_JSON_BYTES:
        raise ValueError(f"more than {MAX_JSON_BYTES:,} bytes, which is the limit")
    return content


def _shown(value: object) -> str:
    """The beginning of a value as Python writes it; a whole number of thousands of digits cannot be written."""
    try:
        return f"{value!r:.60}"
    except ValueError:
        return "a number of thousands of digits"


def keep_copy(path: Path | str, copy: Path | str) -> None:
    """Copy ``path`` to ``copy``, atomically, as a hard link where the disk knows them: then no byte is written.

    When ``path`` is replaced later, ``copy`` stays.
    """
    path, copy = Path(path), Path(copy)
    temporary = copy.with_name(f".{shortened(copy.name)}.{os.getpid()}.part")
    temporary.unlink(missing_ok=True)
    try:
        try:
            os.link(path, temporary)
        except OSError:
            shutil.copy2(path, temporary)
        os.replace(temporary, copy)
    finally:
        temporary.unlink(missing_ok=True)
