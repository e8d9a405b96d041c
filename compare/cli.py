"""The command line: `eigen2arc`. Nothing heavy is imported before a command needs it."""

import logging
import sys

import click
import typer

from eigen2arc.core.errors import UserError

from .commands import bench, classical, compare, datasets, deep, detect, listing, report, verify

app = typer.Typer(
    name="eigen2arc",
    help="Face recognition from Eigenfaces to ArcFace: two tracks, four stages, one bench.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("compare")(compare.compare)
app.command("report")(report.report)
app.command("detect")(detect.detect)
app.command("verify")(verify.verify)
app.add_typer(classical.app, name="classical")
app.add_typer(deep.app, name="deep")
app.add_typer(datasets.app, name="datasets")
app.command("list")(listing.listing)
app.command("bench")(bench.bench)


def main() -> None:
    """Run the command line. A user's mistake is one line on stderr and exit code 2, never a traceback."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    try:
        code = app(standalone_mode=False)
    except UserError as error:
        _stop(str(error), 2)
    except click.ClickException as error:
        _stop(error.format_message(), 2)
    except (click.Abort, KeyboardInterrupt):
        _stop("stopped; what was done is kept, and the same command goes on from there", 130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output, `head` for one, had enough
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)


def _stop(message: str, code: int) -> None:
    print(f"eigen2arc: {message}", file=sys.stderr)
    sys.exit(code)
