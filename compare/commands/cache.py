"""`eigen2arc cache`: the artefacts of runs and trainings, what they take, and how to be rid of them."""

import re
import time
from collections import defaultdict
from pathlib import Path
from typing import Annotated

import typer

from eigen2arc.core.artefacts import Artefact, artefacts
from eigen2arc.core.console import say, say_json, show
from eigen2arc.core.errors import UserError

from .options import AsJson

#: Seconds in the units of --older-than.
UNITS = {"h": 3600, "d": 86400, "w": 7 * 86400}


def cache(
    folder: Annotated[Path, typer.Argument(help="Artefacts below this folder.")] = Path("runs"),
    suite: Annotated[str | None, typer.Option(help="Only those of FOLDER/SUITE, the run of that suite.")] = None,
    older_than: Annotated[
        str | None, typer.Option(metavar="AGE", help="Only those made so long ago, e.g. 30d.")
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Delete them. A later run makes again what it needs.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before deleting.")] = False,
    json: AsJson = False,
) -> None:
    """Show what the artefacts of runs and trainings take, by kind; with --clear, delete them.

    Artefacts are stored intermediate results: faces, crops, vectors, fitted models, scores. Metrics, reports and
    trained models are none.
    """
    chosen = folder if suite is None else folder / suite
    if not chosen.is_dir():
        raise UserError(f"{chosen}: there is no such folder; name the --out of your runs, or the folder they lie in")
    newest = time.time() - _seconds(older_than)
    found = [one for one in artefacts(chosen) if one.made <= newest]
    grouped: dict[tuple[Path, str], list[Artefact]] = defaultdict(list)
    for one in found:
        grouped[one.store, one.kind].append(one)
    rows = [
        {"folder": str(store), "kind": kind, "artefacts": len(group), "bytes": sum(one.size_bytes for one in group)}
        for (store, kind), group in sorted(grouped.items())
    ]
    total = f"{len(found):,} artefacts, {sum(one.size_bytes for one in found) / 1e6:,.1f} MB"
    if json:
        say_json(rows)
    else:
        _print(rows)
        say(f"{chosen}: {total}")
    if clear and found:
        if not yes:
            typer.confirm(f"Delete {total}?", abort=True, err=True)
        for one in found:
            one.delete()


def _seconds(age: str | None) -> float:
    """Parse an age, a number and one of UNITS; 0 if there is none."""
    if age is None:
        return 0
    parsed = re.fullmatch(r"(\d+)([hdw])", age)
    if parsed is None:
        raise UserError(f"--older-than {age}: expected a number and h, d or w (hours, days, weeks), as in 30d")
    return int(parsed[1]) * UNITS[parsed[2]]


def _print(rows: list[dict]) -> None:
    from eigen2arc.core.fitted_table import Column, FittedTable

    columns = [Column("folder"), Column("kind"), Column("artefacts", right=True), Column("MB", right=True)]
    cells = [[row["folder"], row["kind"], f"{row['artefacts']:,}", f"{row['bytes'] / 1e6:,.1f}"] for row in rows]
    table = FittedTable(columns, cells)
    show(table)
