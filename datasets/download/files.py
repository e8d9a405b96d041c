"""The files of a set: what their makers publish, and where they are expected below the data root."""

from dataclasses import dataclass
from pathlib import Path

from eigen2arc.core.errors import UserError


@dataclass(frozen=True)
class RemoteFile:
    """A file that a set's makers publish. name : what it is called here; sha256 : hex digest, None where unknown."""

    name: str
    url: str
    sha256: str | None = None


def locate(root: Path | str, name: str, layout: str, *marks: str) -> Path:
    """Locate the folder of the set ``name`` below the data root.

    Archives unpack with or without a folder of their own around the files, so this is ``root/name`` or a folder
    directly inside it: the first one that holds one of ``marks`` (glob patterns), or ``root/name`` if there are none.
    Raises UserError that shows the expected layout.
    """
    folder = Path(root) / name
    if folder.is_dir():
        candidates = [folder, *sorted(path for path in folder.iterdir() if path.is_dir())]
        for candidate in candidates:
            if not marks or any(next(candidate.glob(mark), None) for mark in marks):
                return candidate
        problem = f"{folder}: holds no {' or '.join(marks)}"
    else:
        problem = f"{folder}: no such folder"
    raise UserError(
        f"{problem}. Expected below the data root (--data-root, or EIGEN2ARC_DATA):\n{layout}\n"
        f"`eigen2arc datasets fetch {name}` tries to download it."
    )


def read_lines(path: Path) -> list[str]:
    """Read the lines of a protocol's text file. Raises UserError for a file that is missing or not text."""
    try:
        return path.read_text("utf-8").splitlines()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    except UnicodeDecodeError:
        raise UserError(f"{path}: is not a text file") from None
