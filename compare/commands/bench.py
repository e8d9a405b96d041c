"""`eigen2arc bench`: time our implementations and their peers, in one process, in turns."""

from typing import Annotated

import typer

from eigen2arc.core import plugins
from eigen2arc.core.console import say_json, show

from .options import AsJson


def bench(
    name: Annotated[str | None, typer.Argument(help="One benchmark; all if not given. See `list benchmark`.")] = None,
    json: AsJson = False,
) -> None:
    """Measure speed against other libraries. A ratio of 2 means that ours is twice as fast (or small)."""
    from eigen2arc.core.fitted_table import Column, FittedTable

    chosen = list(plugins.plugins("benchmark")) if name is None else [plugins.find("benchmark", name).name]
    rows = [row for benchmark in chosen for row in plugins.build("benchmark", benchmark)]
    if json:
        say_json(rows)
        return
    columns = [
        *(Column("what"), Column("unit"), Column("ours", right=True), Column("peer", right=True)),
        *(Column("peer's name", words=True), Column("ratio", right=True), Column("note", words=True)),
    ]
    cells = []
    for row in rows:
        ours, peer, ratio = (number(row[key]) for key in ("ours", "peer", "ratio"))
        cells.append([row["what"], row["unit"], ours, peer, row["peer_name"], ratio, row.get("note", "")])
    show(FittedTable(columns, cells, words_below=True))


def number(value: float | None) -> str:
    """Write three significant digits, 28,700 or 0.0865; empty for what has no peer, or was left out."""
    return "" if value is None else f"{float(f'{value:.3g}'):,.10g}"
