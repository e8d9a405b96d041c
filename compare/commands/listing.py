"""`eigen2arc list`: what there is to choose from. Reads sources, imports no plug-in."""

import json as jsonlib
from dataclasses import asdict
from typing import Annotated

import typer

from eigen2arc.compare.runner.suite import load
from eigen2arc.compare.runner.suite import names as suite_names
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import KINDS, plugins

from .options import AsJson

#: A trainer's settings are the fields of a dataclass, which cannot be read without importing torch.
TRAINER_SETTINGS = "see `deep train detector --help`"


def listing(
    kind: Annotated[str | None, typer.Argument(help=f"One of {', '.join(KINDS)}, suite; all if not given.")] = None,
    json: AsJson = False,
) -> None:
    """List plug-ins and suites and what each is; with a KIND also the settings of each."""
    kinds = [*KINDS, "suite"]
    if kind is not None and kind.rstrip("s") not in [k.rstrip("s") for k in kinds]:
        raise UserError(f"there is no kind {kind!r}: choose one of {', '.join(kinds)}")
    chosen = [k for k in kinds if kind is None or k.rstrip("s") == kind.rstrip("s")]
    rows = [row for k in chosen for row in _rows(k)]
    if json:
        print(jsonlib.dumps(rows, indent=1))
        return
    from rich.console import Console
    from rich.table import Table

    columns = ["kind", "name", "room", "description"] if kind is None else ["name", "room", "description", "settings"]
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, no_wrap=column in ("kind", "name", "room"))
    for row in rows:
        settings = TRAINER_SETTINGS if row["kind"] == "trainer" else ", ".join(row["settings"])
        cells = {"room": row["track"], "description": row["summary"], "settings": settings}
        table.add_row(*[cells.get(column, row.get(column, "")) for column in columns])
    Console().print(table)


def _rows(kind: str) -> list[dict]:
    if kind == "suite":
        described = [(name, load(name)) for name in suite_names()]
        return [
            {"kind": kind, "name": name, "track": "compare", "summary": f"{suite.title}.", "settings": []}
            for name, suite in described
        ]
    return [{"kind": kind, "track": plugin.track} | asdict(plugin) for plugin in plugins(kind).values()]
