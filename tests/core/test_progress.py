"""Progress where there is no terminal, with a clock that the test moves."""

import logging
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from eigen2arc.core.console import set_verbosity
from eigen2arc.core.progress import ProgressLines, progress_bars


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_line_says_what_how_far_and_how_long() -> None:
    clock = Clock()
    lines = ProgressLines(get_time=clock)
    cut = lines.add_task("cut [bold] faces", total=13_233)
    whole = lines.add_task("unknown", total=None)
    clock.now = 90.0
    assert lines.lines() == [
        "cut [bold] faces: 0 of 13,233, 0:01:30 elapsed",
        "unknown: 0, 0:01:30 elapsed",
    ]
    lines.update(cut, completed=441)
    lines.remove_task(whole)
    assert lines.lines() == ["cut [bold] faces: 441 of 13,233, 0:01:30 elapsed, 0:43:31 expected"]
    clock.now = 3723.0
    lines.update(cut, completed=13_233)
    assert lines.lines() == []


def test_track_counts_each_item() -> None:
    lines = ProgressLines()
    with lines:
        done = [(n, lines.tasks[0].completed) for n in lines.track(range(3), description="read")]
    assert done == [(0, 0), (1, 1), (2, 2)] and lines.tasks[0].finished


def test_lines_come_while_one_item_takes_long(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressLines(every_s=0.01) as lines:
        lines.add_task("slow", total=1)
        printed = ""
        while "slow: 0 of 1, 0:00:00 elapsed" not in printed:
            time.sleep(0.01)
            printed += capsys.readouterr().err
    time.sleep(0.05)
    capsys.readouterr()
    time.sleep(0.05)
    assert capsys.readouterr().err == ""


def test_lines_without_a_terminal_and_nothing_where_only_errors_are_wanted() -> None:
    assert isinstance(progress_bars(), ProgressLines)
    try:
        set_verbosity(True, 0)
        quiet = progress_bars()
        assert not isinstance(quiet, ProgressLines) and quiet.disable
    finally:
        set_verbosity(False, 0)
    assert logging.getLogger("eigen2arc").isEnabledFor(logging.WARNING)


def test_what_is_redirected_does_not_go_to_the_terminal(tmp_path: Path) -> None:
    """Bars on a terminal while stdout is a file: rich, left alone, sends the lines to the terminal, and none to it."""
    code = (
        "from eigen2arc.core.progress import progress_bars\nfrom eigen2arc.core.console import say\n"
        "with progress_bars() as bars:\n    bars.add_task('detect', total=2)\n    say('a.jpg: 1 face')\n"
    )
    main, terminal = pty.openpty()
    with (tmp_path / "out.txt").open("wb") as out:
        subprocess.run([sys.executable, "-c", code], stdout=out, stderr=terminal, check=True)
    os.close(terminal)
    shown = os.read(main, 100_000)
    os.close(main)
    assert (tmp_path / "out.txt").read_text() == "a.jpg: 1 face\n"
    assert b"detect" in shown and b"a.jpg" not in shown
