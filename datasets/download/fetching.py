"""Fetching a set's files, apart from reading them: over http, capped, checked, and complete or not there at all."""

import http.client
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

import pooch

from eigen2arc.core.errors import UserError, one_line
from eigen2arc.core.files import atomic_write

from .archives import is_archive, unpack_all
from .files import RemoteFile

CHUNK_BYTES = 1 << 20

#: More than any of the sets has; a server that never stops sending is cut off here.
MAX_DOWNLOAD_BYTES = 4 << 30

#: Called with the file's name, its bytes so far and, where the server says it, in total.
Progress = Callable[[str, int, int | None], None]


def fetch_set(files: Sequence[RemoteFile], folder: Path | str, layout: str, progress: Progress | None = None) -> None:
    """Fetch all files of a set into its folder and unpack the archives among them, and archives inside those.

    An address that does not answer does not stop the others. Raises UserError at the end that names each failure
    and, from ``layout``, says what to put where by hand.
    """
    folder = Path(folder)
    failures = []
    for remote in files:
        try:
            path = fetch(remote, folder, progress=progress)
            if is_archive(path):
                unpack_all(path, folder)
        except UserError as error:
            failures.append(str(error))
    if failures:
        raise UserError(*failures, f"Put what is missing there by hand, below {one_line(folder.parent)}:", layout)


def fetch(
    remote: RemoteFile,
    folder: Path | str,
    *,
    timeout_s: float = 30.0,
    max_bytes: int = MAX_DOWNLOAD_BYTES,
    progress: Progress | None = None,
) -> Path:
    """Download one file into ``folder``; a file of that name that is already there, with that sha256, stays.

    The file appears under its name only once it is complete and its sha256 is right. Raises UserError that names
    the address and what failed.
    """

    def download(url: str, path: str, _: object) -> None:
        # In place of pooch's own downloader, which counts no bytes and unpacks what the server has compressed.
        request = urllib.request.Request(url, headers={"User-Agent": "eigen2arc"})
        with urllib.request.urlopen(request, timeout=timeout_s) as response, atomic_write(path) as file:
            done, total = 0, int(response.headers.get("Content-Length", 0)) or None
            while chunk := response.read(CHUNK_BYTES):
                done += len(chunk)
                if done > max_bytes:
                    raise ValueError(f"more than the allowed {max_bytes:,} bytes")
                file.write(chunk)
                if progress is not None:
                    progress(remote.name, done, total)
            if done != (total or done):
                raise ValueError(f"ended after {done:,} of {total:,} bytes")

    pooch.get_logger().setLevel("WARNING")
    try:
        if not remote.url.startswith(("http://", "https://")):
            raise ValueError("only http and https addresses are fetched")
        return Path(pooch.retrieve(remote.url, remote.sha256, remote.name, folder, downloader=download))
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise UserError(f"{remote.url}: could not be fetched ({reason})") from error
