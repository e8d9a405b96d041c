"""The one form of all progress: what, how far, how long it took, how long it will take. On stderr.

Bars on a terminal; where there is none, a log for one, lines from time to time; nothing where only errors are wanted.
"""

import logging
import sys
import threading
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from .console import say

#: Seconds between the lines where there is no terminal.
LINES_EVERY_S = 30.0


class ProgressLines(Progress):
    """Shows progress as a line every ``every_s`` seconds in place of bars: for each task what, how far, how long."""

    def __init__(self, every_s: float = LINES_EVERY_S, **options: Any) -> None:
        # A disabled Progress keeps count and draws nothing; without a thread of its own `track` counts each item.
        super().__init__(disable=True, auto_refresh=False, **options)
        self.every_s = every_s
        self.ended = threading.Event()

    def start(self) -> None:
        """Print lines from now on, in a thread: also while one item takes long."""
        self.ended.clear()
        threading.Thread(target=self._print, daemon=True).start()

    def stop(self) -> None:
        """Print no more lines."""
        self.ended.set()

    def _print(self) -> None:
        while not self.ended.wait(self.every_s):
            for line in self.lines():
                say(line, error=True)

    def lines(self) -> list[str]:
        """Describe the tasks that go on: "cut faces: 512 of 13,233, 0:01:30 elapsed, 0:37:16 expected"."""
        return [
            f"{task.description}: {_count(task.completed)}{f' of {_count(task.total)}' if task.total else ''}, "
            + f"{_clock(task.elapsed or 0)} elapsed"
            + _expected(task)
            for task in self.tasks
            if task.visible and not task.finished
        ]


def _expected(task: Task) -> str:
    """How long a task will go on at the pace that it had so far; empty where that cannot be said."""
    if not (task.elapsed and task.total and task.completed):
        return ""
    return f", {_clock(task.elapsed * (task.total / task.completed - 1))} expected"


def _count(value: float | None) -> str:
    return f"{value or 0:,.0f}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def progress_bars(*amount: ProgressColumn) -> Progress:
    """Build a rich Progress, to be used as a context; lines where stderr is not a terminal, silent with --quiet.

    amount : columns that say how far it is; by default how many of how many.
    """
    console = Console(stderr=True)
    if not logging.getLogger("eigen2arc").isEnabledFor(logging.WARNING):
        return Progress(disable=True, auto_refresh=False)
    if not console.is_terminal:
        return ProgressLines()
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        *(amount or (MofNCompleteColumn(),)),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        # Else what is printed on stdout would go to the terminal, too, where it is redirected to a file.
        redirect_stdout=sys.stdout.isatty(),
    )
