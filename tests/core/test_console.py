"""What is printed, on consoles that lack characters and of names that hold more than characters."""

import ast
import io
import logging
import pickle
import sys
from pathlib import Path

import pytest

from eigen2arc.core.console import OneLine, prepare_console, say, say_json, set_verbosity, show
from eigen2arc.core.errors import UserError, one_line

ODD = "a\nb\x1b[2J\r\x9b\u2028\u202e\udcff ü\\n"
SHOWN = r"a\nb\x1b[2J\r\x9b\u2028\u202e\xff ü\n"


def test_a_name_is_one_line() -> None:
    assert one_line(ODD) == SHOWN and one_line(SHOWN) == SHOWN


def test_an_error_is_one_line_and_what_stands_below_it() -> None:
    error = UserError(f"{ODD}: is wrong", "Expected:\n  x/y", "z")
    assert str(error) == f"{SHOWN}: is wrong\nExpected:\n  x/y\nz" == str(pickle.loads(pickle.dumps(error)))
    assert str(UserError(f"again: {UserError(ODD)}")) == f"again: {SHOWN}"


def test_everything_printed_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.table import Table

    say(ODD)
    say(ODD, error=True)
    table = Table("[/]", box=None, title=ODD)
    table.add_row(f"[/] :smile: {ODD}")
    show(table)
    out, errors = capsys.readouterr()
    assert errors == f"{SHOWN}\n" and out.startswith(f"{SHOWN}\n") and "\x1b" not in out
    assert "[/] :smile: a" in out
    say_json({"name": ODD, "path": Path("ü")})
    assert capsys.readouterr().out.isascii()


def test_a_log_is_one_line() -> None:
    record = logging.LogRecord("eigen2arc", logging.WARNING, "f", 1, "%s: left out", (ODD,), None)
    assert OneLine().format(record) == f"{SHOWN}: left out"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_characters_that_a_console_lacks_are_escaped(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding))
    prepare_console()
    say("\u9f8d: 1 face")
    assert raw.getvalue() == b"\\u9f8d: 1 face\n"


@pytest.mark.parametrize(
    ("quiet", "verbose", "level"),
    [(True, 0, logging.ERROR), (False, 0, logging.WARNING), (False, 1, logging.INFO), (False, 3, logging.DEBUG)],
)
def test_how_much_is_logged(quiet: bool, verbose: int, level: int) -> None:
    try:
        set_verbosity(quiet, verbose)
        assert logging.getLogger("eigen2arc.core").getEffectiveLevel() == level
    finally:
        set_verbosity(False, 0)


def test_nothing_else_prints() -> None:
    """Names would not be escaped. Benchmarks and the check of a GPU are for those who work on the project."""
    root = Path(__file__).parents[2]
    rooms = ("core", "datasets", "classical", "deep", "compare")
    sources = [path for room in rooms for path in root.glob(f"{room}/**/*.py") if "print" in path.read_text("utf-8")]
    elsewhere = ("core/console.py", "compare/gpu_check/", "compare/fuzzing/worker.py", "compare/benchmarks/")
    found = [
        f"{path}:{node.lineno}"
        for path in sources
        if not str(path.relative_to(root)).startswith(elsewhere)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "print"
    ]
    assert not found
