"""The file in which a run keeps a fitted system, found by its name and checked."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eigen2arc.core.errors import UserError, did_you_mean


@dataclass(frozen=True)
class Entry:
    """What metrics.json says of a system, as far as it is needed here."""

    id: str
    name: str
    kept: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """What metrics.json says of the systems of a run."""

    systems: list[Entry]


def kept_file(run: Path, name: str) -> Path:
    """Return the file of a run's system, checked to be the one that the run wrote.

    run : the folder of the run. name : the system's id or name, "" where there is but one. Raises UserError.
    """
    from eigen2arc.core.artefacts import file_digest
    from eigen2arc.core.files import read_json

    again = f"Run it again: eigen2arc compare SUITE --out {run}"
    if not (run / "metrics.json").is_file():
        raise UserError(f"{run} is not a finished run: it has no metrics.json. {again}")
    entries = read_json(run / "metrics.json", Run, again).systems
    there = ", ".join(one.id for one in entries if "file" in one.kept)
    if not any(one.kept for one in entries):
        raise UserError(f"{run}: no system of the run knows people: its suite has no [identification] with a gallery")
    chosen = [one for one in entries if name in (one.id, one.name)] if name else entries
    if len(chosen) != 1:
        near = did_you_mean(name, [word for one in entries for word in (one.id, one.name)])
        asked = f"no system is called {name!r}: {near}" if name else "say which with --system: "
        raise UserError(f"{run}: {asked}there are {there}")
    kept = chosen[0].kept
    path = (run / str(kept.get("file", ""))).resolve()
    if "file" not in kept:
        raise UserError(f"{run}: {chosen[0].id} cannot be used: {kept.get('left_out', 'it was not kept')}")
    if not path.is_relative_to(run.resolve()):
        raise UserError(f"{run / 'metrics.json'} names a file outside the run: {kept['file']}. {again}")
    if not path.is_file() or file_digest(path) != kept.get("sha256"):
        raise UserError(f"{path}: is not the file that the run wrote, or is gone. {again}")
    return path
