"""The one form of all progress bars: what, how far, how long it took, how long it will take. On stderr."""

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


def progress_bars(*amount: ProgressColumn) -> Progress:
    """Build a rich Progress, to be used as a context; silent where stderr is not a terminal.

    amount : columns that say how far it is; by default how many of how many.
    """
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        *(amount or (MofNCompleteColumn(),)),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
