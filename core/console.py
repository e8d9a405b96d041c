"""What is printed: on whatever console, and in one line whatever names stand in it."""

import csv
import io
import json
import logging
import sys
from typing import TYPE_CHECKING, Any

from .errors import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType


def say(text: object = "", *, error: bool = False) -> None:
    """Print a line on stdout, or stderr. Newlines, escape sequences and bytes that are no text are escaped."""
    print(one_line(text), file=sys.stderr if error else sys.stdout, flush=True)


def say_json(value: object) -> None:
    """Print a value as JSON on stdout, in ASCII, which every console and every reader of JSON takes."""
    print(json.dumps(value, indent=1, default=str), flush=True)


def say_csv(header: str, rows: "Iterable[Iterable[object]]") -> None:
    """Print rows as CSV on stdout; header : the names of the columns, between spaces. None is an empty place."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(header.split())
    writer.writerows([one_line(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    sys.stdout.flush()


def show(*tables: "RenderableType") -> None:
    """Print tables on stdout, each in the width that the console has; of a name in them, nothing is a command."""
    from rich.console import Console
    from rich.text import Text

    class Plain(Console):
        def render_str(self, text: str, **options: Any) -> Text:
            return super().render_str("\n".join(map(one_line, text.split("\n"))), **options)

    Plain(markup=False, emoji=False, highlight=False).print(*tables, sep="\n")


class OneLine(logging.Formatter):
    """Formats a log's message as one line; the traceback below it, where there is one, as it is."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the message with what is not printable escaped."""
        return one_line(super().formatMessage(record))


def prepare_console() -> None:
    """Set up stdout and stderr to escape the characters that their encoding lacks, and the log to print a line each."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine())
    logging.basicConfig(handlers=[handler], level=logging.WARNING)


def set_verbosity(quiet: bool, verbose: int) -> None:
    """Set what is logged: errors alone, warnings, with ``verbose`` what is done, and with 2 where errors came from."""
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    logging.getLogger("eigen2arc").setLevel(logging.ERROR if quiet else level)
