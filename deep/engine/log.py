"""What a training shows while it runs: a progress bar, a line at every look, and curves for TensorBoard."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch.utils.tensorboard import SummaryWriter

#: In the folder of a run: `tensorboard --logdir OUT` shows it.
CURVES = "tensorboard"


class Log:
    """Of a run of ``steps`` that has done some of them. A context.

    merit : the figure of a look that counts, and what it is called. shown : False on all but the main process of many.
    """

    def __init__(self, out: Path, steps: int, done: int, merit: tuple[str, str], shown: bool) -> None:
        self.merit, self.shown = merit, shown
        self.stack = ExitStack()
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        self.progress = Progress(*columns, TextColumn("{task.fields[text]}"), disable=not shown)
        self.bar = self.progress.add_task("training", total=steps, completed=done, text="")
        # What a killed run wrote after its last saved state is taken back.
        self.curves = SummaryWriter(str(out / CURVES), purge_step=done + 1) if shown else None

    def __enter__(self) -> Self:
        self.stack.enter_context(self.progress)
        if self.curves is not None:
            self.stack.enter_context(self.curves)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stack.close()

    def step(self, step: int, loss: float, learning_rate: float, best: float) -> None:
        """That many steps are done. best : the highest merit so far."""
        self.progress.update(self.bar, completed=step, text=f"loss {loss:.2f}, {self.merit[0]} {best:.4f}")
        if self.curves is not None:
            self.curves.add_scalar("training/loss", loss, step)
            self.curves.add_scalar("training/learning_rate", learning_rate, step)

    def look(self, look: Mapping[str, Any]) -> None:
        """The network was looked at: its figures, with the number of steps done and their loss.

        A figure that is not one number, a histogram, is in the weights' .json only.
        """
        name, words = self.merit
        merit = f", {words} {look[name]:.4f}" if name in look else ""
        self.say(f"step {look['step']}: loss {look['loss']:.3f}{merit}")
        if self.curves is not None:
            for figure, value in look.items():
                if isinstance(value, int | float) and figure not in ("step", "loss"):
                    self.curves.add_scalar(f"held_out/{figure}", value, look["step"])

    def say(self, text: str) -> None:
        """A line above the progress bar."""
        if self.shown:
            self.progress.console.print(text, soft_wrap=True)
