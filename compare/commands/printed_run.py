"""What `compare` and `report` print of a run: tables that fit the terminal, JSON, or CSV."""

from pathlib import Path

from eigen2arc.core.console import say, say_csv, say_json, show
from eigen2arc.core.errors import UserError, parsing
from eigen2arc.core.files import Json, read_json


def check_forms(json: bool, csv: bool) -> None:
    """Check that one form is asked for, before the work that it is to show. Raises UserError for both."""
    if json and csv:
        raise UserError("--json and --csv: give one of the two")


def print_run(folder: Path, page: Path, *, json: bool, csv: bool) -> None:
    """Print a run's metrics.json, its figures in long form as CSV, or its tables and where the ``page`` is."""
    from eigen2arc.compare.report.long_form import HEADER, rows
    from eigen2arc.compare.runner.summary import limited, tables

    metrics = folder / "metrics.json"
    if json:
        say_json(read_json(metrics, Json))
    elif csv:
        say_csv(HEADER, rows(read_json(metrics, Json)))
    else:
        if few := limited(metrics):
            say(few)
        with parsing(metrics, "does not hold what a run's does"):
            shown = tables(metrics)
        show(*shown)
        say(f"report: {page}")
