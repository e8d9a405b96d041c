"""The files of a set: where they are expected, and fetching them, which is apart from reading them."""

import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from eigen2arc.core.errors import UserError
from eigen2arc.core.files import atomic_write

CHUNK_BYTES = 1 << 20

#: More than any of the sets has; a server that never stops sending is cut off here.
MAX_DOWNLOAD_BYTES = 4 << 30

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class RemoteFile:
    """A file that a set's makers publish. name : what it is called here; sha256 : hex digest, None where unknown."""

    name: str
    url: str
    sha256: str | None = None


def locate(root: Path | str, name: str, layout: str, *marks: str) -> Path:
    """The folder of the set ``name`` below the data root.

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
    """The lines of a protocol's text file. Raises UserError for a file that is missing or not text."""
    try:
        return path.read_text("utf-8").splitlines()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    except UnicodeDecodeError:
        raise UserError(f"{path}: is not a text file") from None


def fetch(
    remote: RemoteFile,
    folder: Path | str,
    *,
    layout: str = "",
    timeout_s: float = 30.0,
    max_bytes: int = MAX_DOWNLOAD_BYTES,
    progress: Progress | None = None,
) -> Path:
    """Download one file into ``folder``; a file of that name that is already there, with that sha256, is kept.

    The file appears under its name only once it is complete and its sha256 is right. ``progress`` is called with
    the bytes so far and, where the server says it, in total. Raises UserError that says what failed and, from
    ``layout``, what to put where by hand.
    """
    path = Path(folder) / remote.name
    if path.exists() and remote.sha256 in (None, _sha256(path)):
        return path
    try:
        _download(remote, path, timeout_s, max_bytes, progress)
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        by_hand = f"\nPut the files there by hand:\n{layout}" if layout else ""
        raise UserError(f"{remote.url}: could not be fetched ({reason}).{by_hand}") from error
    return path


def _download(remote: RemoteFile, path: Path, timeout_s: float, max_bytes: int, progress: Progress | None) -> None:
    if not remote.url.startswith(("http://", "https://")):
        raise ValueError("only http and https addresses are fetched")
    request = urllib.request.Request(remote.url, headers={"User-Agent": "eigen2arc"})
    digest, done = hashlib.sha256(), 0
    with urllib.request.urlopen(request, timeout=timeout_s) as response, atomic_write(path) as file:
        length = response.headers.get("Content-Length")
        total = int(length) if length else None
        while chunk := response.read(CHUNK_BYTES):
            done += len(chunk)
            if done > max_bytes:
                raise ValueError(f"more than the allowed {max_bytes:,} bytes")
            digest.update(chunk)
            file.write(chunk)
            if progress is not None:
                progress(done, total)
        if total is not None and done != total:
            raise ValueError(f"ended after {done:,} of {total:,} bytes")
        if remote.sha256 not in (None, digest.hexdigest()):
            raise ValueError(f"expected sha256 {remote.sha256}, got {digest.hexdigest()}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
