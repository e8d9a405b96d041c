"""A table of losses for the terminal."""

from pathlib import Path
from typing import Any

from rich.table import Table

from .columns import ranking
from .page import read


def summary(path: Path) -> Table:
    """The main figures of losses.json, the most accurate loss first, the untrained network last."""
    document = read(path.parent)
    steps = document["budget"]["steps"]
    result = Table(title=f"Losses, {steps:,} steps each", box=None, header_style="bold", pad_edge=False)
    result.add_column("loss", no_wrap=True)
    for column in ("accuracy %", "TAR at FAR 1 %", "AUC", "seconds"):
        result.add_column(column, justify="right", no_wrap=True)
    for row in ranking(document["losses"]):
        if "failed" in row:
            result.add_row(row["name"], "failed", "", "", f"{row['seconds']:.0f}")
        else:
            result.add_row(row["name"], *_cells(row["held_out"]), f"{row['seconds']:.0f}")
    result.add_row("untrained", *_cells(document["untrained"]), "")
    failed = [f"{row['name']}: {row['failed']}" for row in document["losses"] if "failed" in row]
    result.caption = "\n".join(["± is the standard error over folds of people held out", *failed])
    return result


def _cells(figures: dict[str, Any]) -> list[str]:
    accuracy, tar = figures["accuracy"], figures["tar_at_far"]["1e-2"]
    return [
        f"{100 * accuracy['mean']:.2f} ± {100 * accuracy['se']:.2f}",
        "" if tar is None else f"{100 * tar:.2f}",
        f"{figures['auc']:.4f}",
    ]
