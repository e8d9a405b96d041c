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
from eigen2arc.core.progress import ProgressLines, progress_bars, tell_steps


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
    assert lines.lines() == ["cut [bold] faces: 441 of 13,233, 0:01:30 elapsed, 0:43:31 left"]
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


def test_what_a_resumed_task_had_done_before_is_no_pace() -> None:
    clock = Clock()
    lines = ProgressLines(get_time=clock)
    training = lines.add_task("training", total=1000, completed=900)
    clock.now = 600.0
    lines.update(training, completed=950)
    assert lines.lines() == ["training: 950 of 1,000, 0:10:00 elapsed, 0:10:00 left"]


def test_what_was_there_already_is_soon_forgotten() -> None:
    """Ten of twenty chunks lie on the disk; then one takes a minute, and then so do all that are left."""
    clock = Clock()
    lines = ProgressLines(get_time=clock)
    chunks = lines.add_task("cut", total=20)
    for done in range(1, 11):
        clock.now = 0.01 * done
        lines.update(chunks, completed=done)
    for done in range(11, 16):
        clock.now = 60.0 * (done - 10)
        lines.update(chunks, completed=done)
    assert lines.lines() == ["cut: 15 of 20, 0:05:00 elapsed, 0:05:00 left"]


def test_steps_longer_than_the_pace_looks_back() -> None:
    clock = Clock()
    lines = ProgressLines(get_time=clock)
    systems = lines.add_task("systems", total=5)
    clock.now = 500.0
    lines.advance(systems)
    assert lines.lines() == ["systems: 1 of 5, 0:08:20 elapsed, 0:33:20 left"]
    clock.now = 900.0
    lines.advance(systems)
    assert lines.lines() == ["systems: 2 of 5, 0:15:00 elapsed, 0:22:30 left"]


def test_a_bar_says_how_long_it_will_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rich.console.Console.is_terminal", True)
    bars, clock = progress_bars(), Clock()
    bars.get_time = clock
    task = bars.add_task("systems", total=4)
    column = bars.columns[-1]
    assert str(column.render(bars.tasks[0])) == ""
    clock.now = 200.0
    bars.update(task, completed=1)
    assert str(column.render(bars.tasks[0])) == "0:10:00 left"


def test_steps_with_bars_of_their_own_are_told_in_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    names = ["softmax", "arcface", "cosface"]
    assert list(tell_steps(names, "loss", done=["softmax"])) == names
    first, second = capsys.readouterr().err.splitlines()
    assert first == "loss 2 of 3, arcface: 1 of 3, 0:00:00 elapsed"
    assert second.startswith("loss 3 of 3, cosface: 2 of 3, 0:00:00 elapsed")
    try:
        set_verbosity(True, 0)
        assert list(tell_steps(names, "loss")) == names
    finally:
        set_verbosity(False, 0)
    assert capsys.readouterr() == ("", "")
