"""The one form of all progress: what, how far, how long it took, how long it will take. On stderr.

Bars on a terminal; where there is none, a log for one, lines from time to time; nothing where only errors are wanted.
"""

import logging
import sys
import threading
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from .console import say

#: Seconds between the lines where there is no terminal.
LINES_EVERY_S = 30.0

#: The pace is that of so many seconds: what was there already, or is quicker than the rest, is soon forgotten.
PACE_S = 120.0


class TimedProgress(Progress):
    """A Progress that says how long its tasks will go on, those of few long steps, and resumed ones, too."""

    def __init__(self, *columns: ProgressColumn, **options: Any) -> None:
        super().__init__(*columns, speed_estimate_period=PACE_S, **options)
        self._begun: dict[TaskID, float] = {}

    def add_task(self, description: str, *args: Any, **options: Any) -> TaskID:
        """Add a task, see rich's; what is completed of it at once, as when it is resumed, was not done now."""
        task = super().add_task(description, *args, **options)
        self._begun[task] = options.get("completed", 0)
        return task

    def seconds_left(self, task: Task) -> float | None:
        """Estimate how long a task will go on, by its pace of late; None where that cannot be said.

        Where the steps are longer than PACE_S it is the pace since the task was begun, and the step that is under way
        counts from its beginning.
        """
        if not task.total or task.finished or not task.elapsed:
            return None
        left = task.total - task.completed
        if task.speed:
            return left / task.speed
        done = task.completed - self._begun.get(task.id, 0)
        return task.elapsed / done * left if done > 0 else None


class TimeLeft(ProgressColumn):
    """The column of a bar that says how long the task will go on: "0:12:30 left"."""

    max_refresh = 0.5

    def __init__(self) -> None:
        super().__init__()
        self.progress: TimedProgress | None = None

    def render(self, task: Task) -> Text:
        """Write the time left, as far as it can be said."""
        left = None if self.progress is None else self.progress.seconds_left(task)
        return Text("" if left is None else f"{_clock(left)} left", style="progress.remaining")


class ProgressLines(TimedProgress):
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
        """Describe the tasks that go on: "cut faces: 512 of 13,233, 0:01:30 elapsed, 0:37:16 left"."""
        return [
            f"{task.description}: {_count(task.completed)}{f' of {_count(task.total)}' if task.total else ''}, "
            + f"{_clock(task.elapsed or 0)} elapsed"
            + self._expected(task)
            for task in self.tasks
            if task.visible and not task.finished
        ]

    def _expected(self, task: Task) -> str:
        left = self.seconds_left(task)
        return "" if left is None else f", {_clock(left)} left"


def tell_steps(names: Sequence[str], what: str, done: Collection[str] = ()) -> Iterator[str]:
    """Yield each name, after a line on stderr that says which of how many it is, and how long all will go on.

    For steps that show bars of their own: "loss 3 of 12, arcface: 2 of 12, 0:10:00 elapsed, 0:50:00 left". No line for
    those that are ``done``, nor with --quiet.
    """
    lines = ProgressLines()
    task = lines.add_task(what, total=len(names), completed=len(done))
    for number, name in enumerate(names, 1):
        if name in done:
            yield name
            continue
        lines.update(task, description=f"{what} {number} of {len(names)}, {name}")
        if logging.getLogger("eigen2arc").isEnabledFor(logging.WARNING):
            say(lines.lines()[0], error=True)
        yield name
        lines.advance(task)


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
    left = TimeLeft()
    left.progress = bars = TimedProgress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        *(amount or (MofNCompleteColumn(),)),
        TimeElapsedColumn(),
        left,
        console=console,
        transient=True,
        # Else what is printed on stdout would go to the terminal, too, where it is redirected to a file.
        redirect_stdout=sys.stdout.isatty(),
    )
    return bars
