"""`eigen2arc report`: make the report again from the metrics on disk."""

from pathlib import Path
from typing import Annotated

import typer

from eigen2arc.core.console import say


def report(
    run_dir: Annotated[Path, typer.Argument(help="Folder of a run: the --out of `eigen2arc compare`.")],
) -> None:
    """Make report.html again from metrics.json; no model and no data set is needed."""
    from eigen2arc.compare.loss_study import page as loss_page
    from eigen2arc.compare.report import overlap_page, render

    page = loss_page if (run_dir / loss_page.TABLE).exists() else render
    if (run_dir / overlap_page.OVERLAP).exists():
        page = overlap_page
    say(f"report: {page.render(run_dir)}")
