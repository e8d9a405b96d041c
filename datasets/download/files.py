"""The files of a set: what their makers publish, and where they are expected below the data root."""

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from eigen2arc.core.errors import UserError

#: How the names of folders begin that systems leave, see core.image_folder.
LEFT = (".", "__", "@", "#", "$")

#: What is read of a list to see how it is encoded.
START_BYTES = 4096


@dataclass(frozen=True)
class RemoteFile:
    """A file that a set's makers publish. name : what it is called here; sha256 : hex digest, None where unknown."""

    name: str
    url: str
    sha256: str | None = None


def locate(root: Path | str, name: str, layout: str, *marks: str) -> Path:
    """Locate the folder of the set ``name`` below the data root.

    Archives unpack with or without folders of their own around the files, so this is ``root/name`` or a folder at most
    two below it: the first one that holds one of ``marks`` (glob patterns), or unnest(root/name) if there are none.
    Raises UserError that shows the expected layout.
    """
    folder = Path(root) / name
    if folder.is_dir():
        if not marks:
            return unnest(folder)
        level = [folder]
        for _ in range(3):
            for candidate in level:
                if any(next(candidate.glob(mark), None) for mark in marks):
                    return candidate
            level = [inside for candidate in level for inside in _folders(candidate)]
        problem = f"{folder}: holds no {' or '.join(marks)}"
    else:
        problem = f"{folder}: no such folder"
    raise UserError(
        f"{problem}. Expected below the data root (--data-root, or EIGEN2ARC_DATA):",
        layout,
        f"`eigen2arc datasets fetch {name}` tries to download it.",
    )


def unnest(folder: Path) -> Path:
    """Return a folder, or the one of the same name that is all that it holds: an archive unpacked into its own folder.

    A reader goes through this to each folder of its layout.
    """
    while (inside := folder / folder.name).is_dir() and _folders(folder) == [inside]:
        folder = inside
    return folder


def _folders(folder: Path) -> list[Path]:
    """The folders in a folder, in order of name, without those that systems leave."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith(LEFT) and path.is_dir())


def read_lines(path: Path) -> list[str]:
    """Read the lines of a list, without their ends; see open_text."""
    with open_text(path) as file:
        lines = file.read().split("\n")
    return lines[:-1] if lines[-1] == "" else lines


@contextmanager
def open_text(path: Path, *, errors: str = "strict", newline: str | None = None) -> Iterator[TextIO]:
    """Open a list to be read line by line: UTF-8, or what Windows' editors save, which begins with a mark, or UTF-16.

    errors, newline : see open(); lines may end as on any system. Raises UserError, also while it is read: for a file
    that cannot be read, for one that is no text, and, with its line, for one in another encoding.
    """
    encoding = "utf-8-sig"
    try:
        with path.open("rb") as file:
            start = file.read(START_BYTES)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            encoding = "utf-16"
        elif b"\0" in start:
            raise UserError(f"{path}: is not a text file, or is one in UTF-16 without a mark; save it as UTF-8")
        with path.open(encoding=encoding, errors=errors, newline=newline) as text:
            yield text
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    except UnicodeError:
        line, content = _undecodable(path) if encoding != "utf-16" else (0, b"\0")
        if any(byte < 32 and byte not in b"\t\r\n\f\v" for byte in content):
            raise UserError(f"{path}: is not a text file") from None
        raise UserError(f"{path}:{line}: is not UTF-8 ({content!s:.60}); save the list as UTF-8") from None


def _undecodable(path: Path) -> tuple[int, bytes]:
    """The number, from 1, and the beginning of the first line that is not UTF-8."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                return number, line[max(0, error.start - 20) : error.end + 20].strip()
    return 0, b"\0"
