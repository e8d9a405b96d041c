"""A run's main metrics as a table for the terminal."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eigen2arc.core.fitted_table import Column, FittedTable
from eigen2arc.core.metrics.detection import stops_at

TASKS = ("verification", "identification", "detection")

#: Pairs of systems that are named.
PAIRS_NAMED = 4

#: The columns of words, which may wrap.
WORDS = ("learned", "test scale")


def tables(metrics: Path) -> list[FittedTable]:
    """Build the table of a run's metrics from metrics.json and, where the suite names published ones, that of both."""
    document = json.loads(metrics.read_text("utf-8"))
    result = [_metrics(document)]
    if any("beside" in system for system in document["systems"]):
        result.append(_published(document["systems"]))
    return result


def limited(metrics: Path) -> str:
    """Return a line that says how few of a run's pairs, probes or images were tested; "" where all were."""
    tasks = json.loads(metrics.read_text("utf-8"))["datasets"].items()
    words = [f"{task}, {data['limited']}" for task, data in tasks if data.get("limited")]
    return f"NOT THE WHOLE SET, tested: {'; '.join(words)}" if words else ""


def _metrics(document: dict[str, Any]) -> FittedTable:
    """One row a system; columns of tasks that the run did not have are left out."""
    systems = document["systems"]
    cells = [_cells(system) for system in systems]
    scales = {row["test scale"] for row in cells if "test scale" in row}
    if len(scales) == 1:
        for row in cells:
            row.pop("test scale", None)
    columns = list(dict.fromkeys(name for row in cells for name in row))
    notes = [f"left out: {line}" for line in document["left_out"]]
    notes += [f"{system['name']}: {system['remarks']}" for system in systems if "remarks" in system]
    drawn = {system[task]["resampled"]["unit"] for system in systems for task in TASKS if task in system}
    notes += [f"in brackets: the 95 % interval for other {' and '.join(sorted(drawn))}"] if drawn else []
    if any(name.startswith("DIR@") for name in columns):
        notes.append("DIR@N%: share of enrolled people named where N % of the strangers is taken for somebody, in %")
    notes += list(_undecided(document))
    detections = [system["detection"] for system in systems if "detection" in system]
    if detections:
        regions = dict.fromkeys(detection["regions"] for detection in detections)
        notes.append("recall@N: share of the annotated faces found with N false positives in the whole set")
        if any(stops_at(one, count) is not None for one in detections for count in one["recall_at_fp"]):
            notes.append("(stops at M): the detector makes M false positives at its lowest threshold, and no more")
        notes.append(f"compared: {'; '.join(regions)}")
        notes += [f"test scale of all: {scale}" for scale in scales if len(scales) == 1]
    if any("continuous_recall_at_fp" in detection for detection in detections):
        notes.append("cont@N: FDDB's continuous score, which counts each face by the overlap with what was found")
    costs = [(system["name"], system["cost"]) for system in systems if "cost" in system]
    if costs:
        notes.append("ms: of one thread, for a face or, where faces are only detected, an image; matching not counted")
        notes += [f"not measured: {name}, {line}" for name, cost in costs for line in cost.get("failed", [])]
    return FittedTable(
        [Column("system"), *(Column(name, words=name in WORDS, right=name not in WORDS) for name in columns)],
        [
            [system["name"], *(row.get(name, "") for name in columns)]
            for system, row in zip(systems, cells, strict=True)
        ],
        title=document["title"],
        notes=notes,
    )


def _published(systems: list[dict[str, Any]]) -> FittedTable:
    """One row a system that has a published result, with why the two may differ; everything in percent."""
    rows = []
    for system in systems:
        if beside := system.get("beside"):
            ours, published, difference = (100 * beside[name] for name in ("ours", "published", "difference"))
            metric = f"{beside['figure']} {published:.2f}"
            rows.append([system["name"], metric, f"{ours:.2f}", f"{difference:+.2f}", beside["differs"]])
    numbers = [Column(name, right=True) for name in ("published", "ours", "difference")]
    return FittedTable(
        [Column("system"), *numbers, Column("why", words=True)], rows, title="Published results and ours, %"
    )


def _recall(detection: dict[str, Any], score: str, count: str) -> str:
    """The recall at so many false positives; with the number at which the detector stops, where it makes fewer."""
    last = stops_at(detection, count)
    return f"{detection[score][count]:.3f}" + ("" if last is None else f" (stops at {last})")


def _interval(metrics: dict[str, Any], name: str) -> str:
    ends = metrics["intervals"][name]
    return f"({100 * ends['low']:.1f} to {100 * ends['high']:.1f})"


def _undecided(document: dict[str, Any]) -> Iterator[str]:
    """A line for each task: how many pairs of systems the data cannot tell apart, and which, where they are few.

    Pairs without any difference, as of systems with one detector, are none.
    """
    for table in document["comparisons"]:
        differ = [one for one in table["pairs"] if one["people_needed"] is not None]
        pairs = [f"{one['first']} and {one['second']}" for one in differ if not one["better"]]
        many = f"{len(pairs)} of {len(differ)} pairs of systems, see the report"
        named = "; ".join(pairs) if len(pairs) <= PAIRS_NAMED else many
        yield f"{table['task']}: {'cannot be told apart: ' + named if pairs else 'all systems can be told apart'}"


def _cells(system: dict[str, Any]) -> dict[str, str]:
    """The few metrics that fit a terminal; the report has them all."""
    cells: dict[str, str] = {}
    if learning := system.get("learning"):
        cells["learned"] = ", ".join(filter(None, learning.values()))
    if verification := system.get("verification"):
        cells["accuracy %"] = f"{100 * verification['accuracy']['mean']:.2f} {_interval(verification, 'accuracy')}"
    if identification := system.get("identification"):
        cells["rank-1 %"] = f"{100 * identification['rank1']:.2f} {_interval(identification, 'rank1')}"
        rates = identification.get("open_set", {}).get("dir_at_fpir", {})
        known = {fpir: rate for fpir, rate in rates.items() if not isinstance(rate, str)}
        cells |= {f"DIR@{100 * float(fpir):g}%": f"{100 * rate:.2f}" for fpir, rate in known.items()}
    if (task := verification or identification) is not None:
        cells["not found"] = str(task["not_found"])
    if detection := system.get("detection"):
        precision = detection.get("average_precision", {})
        counts = ("100",) if task or precision else ("10", "50", "100")
        cells |= {f"AP {subset}": "-" if value is None else f"{value:.3f}" for subset, value in precision.items()}
        cells |= {f"recall@{count}": _recall(detection, "recall_at_fp", count) for count in counts}
        if "continuous_recall_at_fp" in detection:
            cells["cont@100"] = _recall(detection, "continuous_recall_at_fp", "100")
        cells["test scale"] = detection["test_scale"]
    if (spent := system.get("cost", {}).get("milliseconds", {}).get("one_thread")) is not None:
        cells["ms"] = f"{spent:.3g}"
    return cells
