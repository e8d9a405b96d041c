"""A store in a folder of this machine: immutable segments of vectors, and a manifest that says which of them hold.

    store.json            the manifest: dimensions, metric, segments, metadata
    NAME.vectors          float32, (rows, D), little-endian, as they were added
    NAME.ids              int64, (rows,)

Whoever writes makes new files first and then puts a new manifest in the place of the old one, which is the one moment
at which anything changes: a process that is killed leaves the state before it or after it. What no manifest names is
left over, and goes with the next write.
"""

import hashlib
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from eigen2arc.core.artefacts import file_digest
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import atomic_write, read_json, write_json
from eigen2arc.core.outputs import output_folder

from .store import Metric, checked_ids, checked_vectors, unit

MANIFEST = "store.json"


@dataclass(frozen=True)
class Segment:
    """One file of vectors and one of their ids. sha256 : of both, by the names' endings."""

    name: str
    rows: int
    sha256: dict[str, str]


@dataclass(frozen=True)
class Manifest:
    """What a folder holds."""

    dimensions: int
    metric: Metric
    segments: list[Segment] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    format: Literal[1] = 1


class LocalStore:
    """A VectorStore in a folder."""

    def __init__(self, folder: Path, dimensions: int, metric: Metric) -> None:
        self.folder, self.dimensions, self.metric = folder, dimensions, metric
        self._manifest = Manifest(dimensions, metric)
        self._read()

    def __len__(self) -> int:
        return len(self._ids)

    def ids(self) -> np.ndarray:
        return self._ids.copy()

    def add(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        ids = checked_ids(ids)
        vectors = checked_vectors(vectors, self.dimensions, len(ids))
        with output_folder(self.folder):
            self._read()
            stays = ~np.isin(self._ids, ids)
            self._write(np.concatenate([self._ids[stays], ids]), np.concatenate([self._vectors[stays], vectors]))

    def remove(self, ids: np.ndarray) -> None:
        with output_folder(self.folder):
            self._read()
            stays = ~np.isin(self._ids, checked_ids(ids))
            self._write(self._ids[stays], self._vectors[stays])

    def vectors(self, ids: np.ndarray) -> np.ndarray:
        ids = checked_ids(ids)
        rows = np.searchsorted(self._ids, ids)
        known = rows < len(self._ids)
        known[known] = self._ids[rows[known]] == ids[known]
        if not known.all():
            raise KeyError(int(ids[~known][0]))
        return np.array(self._vectors[rows])

    def search(self, vectors: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Find the k most alike, see VectorStore."""
        vectors = checked_vectors(vectors, self.dimensions)
        scores = np.full((len(vectors), k), -np.inf, np.float32)
        ids = np.full((len(vectors), k), -1, np.int64)
        if self.metric == "cosine":
            every = (unit(vectors) @ unit(self._vectors).T).astype(np.float32)
            every[~vectors.any(axis=1)] = -np.inf
            every[:, ~self._vectors.any(axis=1)] = -np.inf
        else:
            wide = vectors.astype(np.float64)
            every = np.array([-np.linalg.norm(one - self._vectors, axis=1) for one in wide], np.float32)
        for i, row in enumerate(every):
            best = np.argsort(-row, kind="stable")[:k]
            best = best[row[best] > -np.inf]
            scores[i, : len(best)], ids[i, : len(best)] = row[best], self._ids[best]
        return scores, ids

    def metadata(self) -> dict[str, Any]:
        return self._manifest.metadata

    def set_metadata(self, metadata: dict[str, Any]) -> None:
        with output_folder(self.folder):
            self._read()
            self._commit(replace(self._manifest, metadata=metadata))

    def check(self) -> None:
        for segment in self._manifest.segments:
            for ending, sha256 in segment.sha256.items():
                path = self.folder / f"{segment.name}.{ending}"
                if file_digest(path) != sha256:
                    raise UserError(f"{path}: is damaged: its content is not what was written")

    def close(self) -> None:
        self._ids, self._vectors = self._ids[:0], self._vectors[:0]

    def _read(self) -> None:
        path = self.folder / MANIFEST
        self._ids, self._vectors = np.empty(0, np.int64), np.empty((0, self.dimensions), np.float32)
        if not path.exists():
            return
        manifest = read_json(path, Manifest)
        if (manifest.dimensions, manifest.metric) != (self.dimensions, self.metric):
            raise UserError(
                f"{self.folder}: holds vectors of {manifest.dimensions} numbers for the {manifest.metric}, "
                f"not of {self.dimensions} for the {self.metric}"
            )
        self._manifest = manifest
        for segment in manifest.segments:
            vectors, ids = (self.folder / f"{segment.name}.{ending}" for ending in ("vectors", "ids"))
            self._ids = np.fromfile(ids, np.int64)
            self._vectors = np.fromfile(vectors, np.float32).reshape(-1, self.dimensions)

    def _write(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        order = np.argsort(ids)
        name = secrets.token_hex(8)
        sha256 = {}
        for ending, array in (("vectors", vectors[order]), ("ids", ids[order])):
            with atomic_write(self.folder / f"{name}.{ending}") as file:
                file.write(np.ascontiguousarray(array).data)
            sha256[ending] = hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()
        self._commit(replace(self._manifest, segments=[Segment(name, len(ids), sha256)]))

    def _commit(self, manifest: Manifest) -> None:
        write_json(self.folder / MANIFEST, asdict(manifest))
        named = {f"{one.name}.{ending}" for one in manifest.segments for ending in one.sha256}
        for path in self.folder.iterdir():
            if path.suffix in (".vectors", ".ids") and path.name not in named:
                with suppress(OSError):
                    path.unlink()
        self._read()
