"""Intermediate results on disk, named after all that they depend on: input, stage, settings and code.

So two systems share what they have in common, a rerun computes only what changed, and a run that was killed goes on
where it stopped.
"""

import hashlib
import json
import logging
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .files import atomic_write

log = logging.getLogger(__name__)

Arrays = dict[str, np.ndarray]


def digest(*parts: Any) -> str:
    """Compute a name for these values (what JSON can hold, and arrays): 32 hex digits, the same on every machine."""
    text = json.dumps(parts, sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return [value.shape, value.dtype.str, array_sha256(value)]
    return str(value)


def array_sha256(array: np.ndarray) -> str:
    """Compute the SHA-256 of an array's values in C order, 64 hex digits."""
    return hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()


def file_digest(path: Path) -> str:
    """Compute the SHA-256 of a file's content, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Store:
    """A folder of artefacts, one .npz file each. ``made`` counts those that had to be computed since it was opened."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made = 0

    def arrays(self, name: str, make: Callable[[], Arrays]) -> Arrays:
        """Return the artefact ``name``: read if it is there, else made and written. A damaged file is made again."""
        path = self.folder / f"{name}.npz"
        if path.exists():
            try:
                with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
                    return dict(archive)
            except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
                log.warning("%s is damaged (%s): it is made again", path, error)
        arrays = make()
        with atomic_write(path) as written:
            np.savez(written, allow_pickle=False, **arrays)
        self.made += 1
        return arrays
