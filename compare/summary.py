"""A run's main figures as a table for the terminal."""

import json
from pathlib import Path
from typing import Any

from rich.table import Table


def table(metrics: Path) -> Table:
    """One row a system, from metrics.json; columns of tasks that the run did not have are left out."""
    document = json.loads(metrics.read_text("utf-8"))
    systems = document["systems"]
    result = Table(title=document["title"], box=None, header_style="bold", pad_edge=False)
    cells = [_cells(system) for system in systems]
    columns = list(dict.fromkeys(name for row in cells for name in row))
    result.add_column("system", no_wrap=True)
    for name in columns:
        result.add_column(name, justify="left" if name == "learned" else "right", no_wrap=name != "learned")
    for system, row in zip(systems, cells, strict=True):
        result.add_row(system["name"], *[row.get(name, "") for name in columns])
    notes = [f"left out: {line}" for line in document["left_out"]]
    if any("identification" in system for system in systems):
        notes.append("rank-1: with a 95 % interval; splits of the same images overlap, it is too narrow there")
    if any("detection" in system for system in systems):
        notes.append("recall@N: share of the annotated faces found with N false positives in the whole set")
    result.caption = "\n".join(notes)
    return result


def _cells(system: dict[str, Any]) -> dict[str, str]:
    """The few figures that fit a terminal beside a name; the report has them all."""
    cells: dict[str, str] = {}
    if learning := system.get("learning"):
        cells["learned"] = f"{learning['setting']}, {learning['outside']}"
    if verification := system.get("verification"):
        accuracy = verification["accuracy"]
        cells["accuracy %"] = f"{100 * accuracy['mean']:.2f} ± {100 * accuracy['std']:.2f}"
    if identification := system.get("identification"):
        interval = identification["interval"]
        spread = (
            f"± {50 * (interval['high'] - interval['low']):.2f}"
            if interval["method"] == "student"
            else f"({100 * interval['low']:.2f} to {100 * interval['high']:.2f})"
        )
        cells["rank-1 %"] = f"{100 * identification['rank1']:.2f} {spread}"
    if (task := verification or identification) is not None:
        cells["not found"] = str(task["not_found"])
    if beside := system.get("beside"):
        cells["published %"] = f"{beside['figure']} {100 * beside['published']:.2f}"
        cells["ours %"] = f"{100 * beside['ours']:.2f}"
        cells["difference"] = f"{100 * beside['difference']:+.2f}"
    if detection := system.get("detection"):
        counts = ("100",) if task else ("10", "50", "100")
        cells |= {f"recall@{count}": f"{detection['recall_at_fp'][count]:.3f}" for count in counts}
    return cells
