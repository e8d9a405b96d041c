"""`eigen2arc list`: what there is to choose from. Reads sources, imports no plug-in."""

import json as jsonlib
from dataclasses import asdict
from typing import Annotated

import typer

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import KINDS, plugins

from ..suite import names as suite_names
from .options import AsJson


def listing(
    kind: Annotated[str | None, typer.Argument(help=f"One of {', '.join(KINDS)}, suite; all if not given.")] = None,
    json: AsJson = False,
) -> None:
    """List plug-ins and suites, with what each is and the settings it takes."""
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

    table = Table("kind", "name", "track", "what it is", "settings", box=None, header_style="bold")
    for row in rows:
        table.add_row(row["kind"], row["name"], row["track"], row["summary"], ", ".join(row["settings"]))
    Console().print(table)


def _rows(kind: str) -> list[dict]:
    if kind == "suite":
        return [{"kind": kind, "name": n, "track": "compare", "summary": "", "settings": []} for n in suite_names()]
    return [{"kind": kind, "track": plugin.track} | asdict(plugin) for plugin in plugins(kind).values()]
