"""Artefacts: intermediate results on disk. A damaged one is made again; one that is read as another is a fault."""

import tempfile
from pathlib import Path

import numpy as np

from eigen2arc.compare.fuzzing.mutation import Files
from eigen2arc.core.artefacts import Arrays, Store

NAME = "vectors-" + "0" * 32


def _make() -> Arrays:
    rng = np.random.default_rng(0)
    return {"vectors": rng.normal(size=(8, 4)).astype(np.float32), "status": np.arange(8), "count": np.array(8)}


class Artefacts:
    """One artefact a folder, read as the next run reads it."""

    def seeds(self) -> list[Files]:
        """Write one artefact."""
        with tempfile.TemporaryDirectory() as folder:
            Store(Path(folder)).arrays(NAME, _make)
            return [{path.name: path.read_bytes() for path in Path(folder).iterdir()}]

    def read(self, folder: Path) -> object:
        """Read the artefact of a folder, or make it again where it is damaged; the same must come of both."""
        found, made = Store(folder).arrays(NAME, _make), _make()
        assert found.keys() == made.keys(), f"{list(found)} were read"
        for key, array in made.items():
            assert found[key].dtype == array.dtype and np.array_equal(found[key], array), f"another {key} was read"
        return found


build = Artefacts
