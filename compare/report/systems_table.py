"""The table on the first screen: the main metrics of every task, with intervals as bars on one scale a column."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from eigen2arc.core.files import Json

from .cost import milliseconds
from .numbers import Numbers
from .overview import Cell, Column, percent
from .style import LineStyle, themed

#: The columns of each task that stand in it; all others are in the tables below.
MAIN = {
    "verification": ("accuracy", "EER"),
    "identification": ("rank-1", "DIR at FPIR 1 %"),
    "detection": ("AP hard", "recall at 100 FP"),
}

#: A scale runs from one multiple of a step to another; about so many lie between.
STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
MARKS = 4


def systems_table(
    systems: Sequence[Json],
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    styles: Mapping[str, LineStyle],
) -> Json:
    """Return the columns and rows of the first table, from those of overview.table().

    A bar has the ends of the interval and the value in per cent of its column's scale.
    """
    shown = [n for n, column in enumerate(columns) if column.label in MAIN[column.task]]
    scales = [_scale([row[n] for row in rows]) for n in shown]
    headings = [
        {
            "task": columns[n].task,
            "label": columns[n].label,
            "meaning": columns[n].meaning,
            "first": "descending" if columns[n].higher_is_better else "ascending",
            "scale": None if scale is None else [_end(end) for end in scale],
        }
        for n, scale in zip(shown, scales, strict=True)
    ]
    costs = [system.get("cost", {}).get("milliseconds", {}).get("one_thread") for system in systems]
    return {
        "columns": headings,
        "tasks": Counter(heading["task"] for heading in headings),
        "costs": [{"value": cost, "text": milliseconds(cost)} for cost in costs] if any(costs) else None,
        "rows": [
            {
                "name": system["name"],
                "track": system["track"],
                "colour": themed(styles[system["name"]].color),
                "cells": [{"cell": row[n], "bar": _bar(row[n], scale)} for n, scale in zip(shown, scales, strict=True)],
            }
            for system, row in zip(systems, rows, strict=True)
        ],
    }


def table_numbers(systems: Sequence[Json], columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> Numbers:
    """Return a row of numbers for every system: each column's value, and the ends of its interval where it has any."""
    numbers: dict[str, dict[str, list[float | None]]] = {}
    for system, row in zip(systems, rows, strict=True):
        of_system = numbers.setdefault(system["name"], {})
        for n, column in enumerate(columns):
            of_system[column.label] = [row[n].value]
            if any(other[n].ends for other in rows):
                low, high = row[n].ends or (None, None)
                of_system |= {f"{column.label}, low": [low], f"{column.label}, high": [high]}
    return numbers


def _scale(cells: Sequence[Cell]) -> tuple[float, float] | None:
    """Round ends that hold all intervals of a column, and its values; None for a column without intervals."""
    ends = [end for cell in cells if cell.ends for end in cell.ends]
    if not ends:
        return None
    ends += [cell.value for cell in cells if cell.value is not None]
    low, high = min(ends), max(ends)
    step = next((step for step in STEPS if step >= (high - low) / MARKS), STEPS[-1])
    # The least of a step beyond keeps an end that is a multiple of it where it is.
    low, high = step * math.floor(low / step + 1e-9), step * math.ceil(high / step - 1e-9)
    return (low, high) if high > low else (low, low + step)


def _end(end: float) -> str:
    text = percent(end)
    return text.rstrip("0").rstrip(".")


def _bar(cell: Cell, scale: tuple[float, float] | None) -> Json | None:
    if scale is None or cell.ends is None or cell.value is None:
        return None
    low, high = scale
    start, end, at = (f"{100 * (value - low) / (high - low):.1f}" for value in (*cell.ends, cell.value))
    return {"start": start, "end": end, "at": at}
