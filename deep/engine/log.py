"""What a training shows while it runs: a progress bar, a line at every evaluation, and curves for TensorBoard."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich.progress import MofNCompleteColumn, Progress, TextColumn

from eigen2arc.core.console import say
from eigen2arc.core.progress import progress_bars

#: In the folder of a run: `tensorboard --logdir OUT` shows it.
CURVES = "tensorboard"


class Log:
    """The log of a run of ``steps`` steps that has done some of them. A context.

    monitor : the metric that is shown, and the words for it; see Task. progress : False on all but the main process of
    many.
    """

    def __init__(self, out: Path, steps: int, done: int, monitor: tuple[str, str], progress: bool) -> None:
        self.monitor, self.progress = monitor, progress
        self.stack = ExitStack()
        columns = MofNCompleteColumn(), TextColumn("{task.fields[text]}")
        self.bars = progress_bars(*columns) if progress else Progress(disable=True)
        self.bar = self.bars.add_task("training", total=steps, completed=done, text="")
        # What a killed run wrote after its last saved state is taken back.
        self.curves = _curves(out / CURVES, done + 1) if progress else None

    def __enter__(self) -> Self:
        self.stack.enter_context(self.bars)
        if self.curves is not None:
            self.stack.enter_context(self.curves)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stack.close()

    def step(self, step: int, loss: float, learning_rate: float, best: float) -> None:
        """Show that so many steps are done. best : the highest value of the monitored metric so far."""
        self.bars.update(self.bar, completed=step, text=f"loss {loss:.2f}, {self.monitor[0]} {best:.4f}")
        if self.curves is not None:
            self.curves.add_scalar("training/loss", loss, step)
            self.curves.add_scalar("training/learning_rate", learning_rate, step)

    def evaluation(self, metrics: Mapping[str, Any]) -> None:
        """Show an evaluation: its metrics, with the number of steps done and their loss.

        A metric that is not one number, a histogram, is in the weights' .json only.
        """
        name, words = self.monitor
        monitored = f", {words} {metrics[name]:.4f}" if name in metrics else ""
        self.say(f"step {metrics['step']}: loss {metrics['loss']:.3f}{monitored}")
        if self.curves is not None:
            for metric, value in metrics.items():
                if isinstance(value, int | float) and metric not in ("step", "loss"):
                    self.curves.add_scalar(f"held_out/{metric}", value, metrics["step"])

    def say(self, text: str) -> None:
        """Print a line above the progress bar."""
        if self.progress:
            say(text)


def _curves(folder: Path, purge_step: int) -> Any:
    from torch.utils.tensorboard import SummaryWriter  # here, because it is slow to import and not always wanted

    return SummaryWriter(str(folder), purge_step=purge_step)
