"""The two sides of a comparison: the folder of a run, or a bundle, which is verified first."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from eigen2arc.compare.bundles.read import opened
from eigen2arc.compare.report.run_folder import Detections, RunFolder
from eigen2arc.compare.report.tables import Pairs, Probes, annotated_faces, pairs_of, probes_of
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import Json


@dataclass(frozen=True)
class Side:
    """A run that is compared. name : what the user called it."""

    name: str
    run: RunFolder

    @cached_property
    def metrics(self) -> Json:
        """What its metrics.json holds."""
        return self.run.metrics

    @cached_property
    def systems(self) -> dict[str, Json]:
        """Its systems by id. Raises UserError where two have one id, or one name."""
        systems = self.metrics["systems"]
        for key in ("id", "name"):
            if len({system[key] for system in systems}) < len(systems):
                raise UserError(f"{self.name}: two of its systems have one {key}: the tables do not tell them apart")
        return {system["id"]: system for system in systems}

    @cached_property
    def pairs(self) -> dict[str, Pairs]:
        """Pairs by a system's name."""
        return pairs_of(self.run)

    @cached_property
    def probes(self) -> dict[str, Probes]:
        """Probes by a system's name."""
        return probes_of(self.run)

    @cached_property
    def detections(self) -> dict[str, Detections]:
        """Detections by a system's name."""
        return self.run.detections()

    @cached_property
    def faces(self) -> dict[str, int]:
        """How many faces are to be found, by an image's name."""
        return annotated_faces(self.run)

    def data(self, task: str) -> dict[str, Any]:
        """Return the description of a task's data."""
        return dict(self.metrics["datasets"].get(task, {}))


@contextmanager
def side(path: Path) -> Iterator[Side]:
    """Open a run's folder, or a bundle, for as long as the block. Raises UserError where it is neither."""
    if path.is_file():
        with opened(path) as found:
            yield Side(str(path), RunFolder(found.folder))
    else:
        yield Side(str(path), RunFolder(path))
