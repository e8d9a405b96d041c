"""The difference of two runs as a document: what diff.json holds, and the terminal's table and the page are made of."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from eigen2arc.compare.report.overview import percent
from eigen2arc.compare.report.render import environment
from eigen2arc.core.errors import parsing
from eigen2arc.core.files import Json, write_json, write_text
from eigen2arc.core.metrics.comparison import ROUNDED
from eigen2arc.core.metrics.intervals import LEVEL
from eigen2arc.core.progress import progress_bars

from .changes import of_runs, of_system
from .movements import LABELS, MAIN, Movement, movements
from .sides import Side

#: How what became of the judged metrics is counted, in words, in this order.
STATES = {
    "moved": "moved by more than chance",
    "chance": "not to be told from chance",
    "level": "kept, with other scores",
    "same": "the same to the last bit",
    "incomparable": "not comparable",
}


def difference(before: Side, after: Side) -> Json:
    """Compare two runs: what was changed, and what moved, system by system; ready for JSON. Raises UserError."""
    with parsing(f"{before.name} and {after.name}", "cannot be compared"), progress_bars() as progress:
        found = movements(before, after, progress)
    systems = []
    for key in before.systems:
        if key in after.systems:
            systems.append(
                {
                    "id": key,
                    "name": after.systems[key]["name"],
                    "changes": [change._asdict() for change in of_system(before.systems[key], after.systems[key])],
                    "movements": [_row(one) for one in found if one.system == key],
                }
            )
    return {
        "before": before.name,
        "after": after.name,
        "level": LEVEL,
        "changes": [change._asdict() for change in of_runs(before, after)],
        "systems": systems,
        "only_before": [one["name"] for key, one in before.systems.items() if key not in after.systems],
        "only_after": [one["name"] for key, one in after.systems.items() if key not in before.systems],
    }


def _row(one: Movement) -> Json:
    return {**asdict(one), "words": one.words, "main": one.metric == MAIN[one.task]}


def finding(document: Json) -> str:
    """Say in a line how many of the judged metrics moved, and how many did not."""
    states = [row["state"] for system in document["systems"] for row in system["movements"] if row["main"]]
    said = [f"{states.count(state)} {words}" for state, words in STATES.items() if state in states]
    counted = f"{len(states)} main figure{'' if len(states) == 1 else 's'}: {', '.join(said)}."
    return counted if said else "The two runs have no figure in common."


def write_difference(document: Json, folder: Path) -> Path:
    """Write diff.json and diff.html into a folder, and return the path of the page."""
    write_json(folder / "diff.json", document)
    rows = [
        {**row, "system": system["name"], "label": label(row), "values": values(row)}
        for system in document["systems"]
        for row in system["movements"]
    ]
    page = (
        environment()
        .get_template("diff.html")
        .render(title="What moved", diff=document, finding=finding(document), rows=rows)
    )
    write_text(folder / "diff.html", page)
    return folder / "diff.html"


def label(row: Json) -> str:
    """Name a metric: "accuracy", "FNMR at FMR 1e-2"."""
    task, _, at = row["metric"].partition("/")
    known = {"auc": "AUC", "eer": "EER", "fnmr_at_fmr": f"FNMR at FMR {at}", "recall_at_fp": f"recall at {at} FP"}
    known["dir_at_fpir"] = f"DIR at FPIR {at}"
    return LABELS.get(row["metric"]) or known.get(task) or row["metric"].replace("rank", "rank-")


def values(row: Json) -> tuple[str, str]:
    """Write a metric before and after in per cent, with as many digits as it takes to see that they differ."""
    if row["before"] is None:
        return "", ""
    a, b = percent(row["before"]), percent(row["after"])
    if a == b and abs(row["before"] - row["after"]) > ROUNDED:
        return f"{100 * row['before']:.4f}", f"{100 * row['after']:.4f}"
    return a, b


def shown(document: Json) -> list[Any]:
    """Build what a terminal shows: a line of what was found, and for each system what was changed and what moved."""
    made: list[Any] = [
        Text(finding(document), "bold"),
        Text(f"before: {document['before']}\nafter:  {document['after']}"),
    ]
    made += [_changed("changed for all:", document["changes"])] if document["changes"] else []
    for system in document["systems"]:
        made += [Text(""), Text(system["name"], "bold")]
        made += [_changed("changed:", system["changes"])] if system["changes"] else []
        table = Table(box=None, show_header=False, pad_edge=False)
        table.add_column(no_wrap=True, min_width=len("recall at 100 FP"))
        for _ in range(2):
            table.add_column(no_wrap=True, justify="right", min_width=len("100.00"))
        table.add_column()
        for row in system["movements"]:
            if row["main"]:
                before, after = values(row)
                table.add_row(label(row), before, after, Text(row["words"], "bold" if row["state"] == "moved" else ""))
        made.append(table)
    for key, words in (("only_before", "only before"), ("only_after", "only after")):
        made += [Text(f"{words}: {', '.join(document[key])}")] if document[key] else []
    judged = [row for system in document["systems"] for row in system["movements"] if row["p"] is not None]
    if judged:
        made.append(Text("\nIn per cent and points; p of the main figures adjusted by Holm, 95 % intervals of each."))
    return made


def _changed(title: str, changes: list[Json]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column()
    table.add_row(title, "")
    for change in changes:
        table.add_row(f"  {change['what']}", f"{change['before']} -> {change['after']}")
    return table
