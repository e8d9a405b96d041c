"""The tables of groups: how far a system's groups lie apart, and each group by itself; and what was not acquired."""

from typing import Any

from eigen2arc.core.files import Json

from .numbers import Numbers
from .overview import percent
from .plots import factor_label

METRICS = {"accuracy": "accuracy", "fmr": "FMR", "fnmr": "FNMR", "rank1": "rank-1"}

#: The metric whose spread stands in the first table, by task.
MAIN = {"verification": "accuracy", "identification": "rank1"}


def groupings(systems: list[Json]) -> list[Json]:
    """Return by task the spread of every grouping, the surest first, and its groups; empty where no set has any."""
    tables = []
    for task, metric in MAIN.items():
        of_task = {system["name"]: system[task].get("groups", {}) for system in systems if task in system}
        names = list(dict.fromkeys(name for found in of_task.values() for name in found))
        names.sort(key=lambda name: _widest(name, metric, of_task), reverse=True)
        if names:
            rows = [_row(name, metric, of_task) for name in names]
            numbers = _spread_numbers(names, metric, of_task)
            found = {
                "task": task,
                "metric": METRICS[metric],
                "systems": list(of_task),
                "rows": rows,
                "numbers": numbers,
            }
            tables.append(found)
    return tables


def _spread_numbers(names: list[str], metric: str, of_task: dict[str, Json]) -> Numbers:
    """The first table: a row for each grouping of a system."""
    numbers = {}
    for system, found in of_task.items():
        there = [name for name in names if name in found]
        spreads = [found[name]["spread"][metric] for name in there]
        columns = {key: [one[key] for one in spreads] for key in ("value", "low", "high", "highest", "lowest")}
        numbers[system] = {"grouping": [factor_label(name) for name in there], **columns}
    return numbers


def acquired(failures: Json) -> str:
    """Format the share of images in which no face was found, in per cent, with its interval."""
    ends = failures["interval"]
    return f"{percent(failures['share'])} %, {percent(ends['low'])} to {percent(ends['high'])}"


def _widest(name: str, metric: str, of_task: dict[str, Json]) -> tuple[float, float]:
    """The largest low end of a grouping's spread in some system, and the largest spread."""
    spreads = [found[name]["spread"][metric] for found in of_task.values() if name in found]
    return max(one["low"] for one in spreads), max(one["value"] for one in spreads)


def _row(name: str, metric: str, of_task: dict[str, Json]) -> Json:
    """One grouping: its spread by system, and for each system every group with all metrics."""
    spreads = [found[name]["spread"][metric] if name in found else None for found in of_task.values()]
    there = {system: found[name] for system, found in of_task.items() if name in found}
    first = next(iter(there.values()))
    metrics = list(first["spread"])
    numbers = {
        system: {
            "group": [group["name"] for group in grouping["groups"]],
            **{
                f"{METRICS.get(one, one)}{end}": [group[one][key] for group in grouping["groups"]]
                for one in metrics
                for key, end in (("value", ""), ("low", ", low"), ("high", ", high"))
            },
        }
        for system, grouping in there.items()
    }
    return {
        "numbers": numbers,
        "name": factor_label(name),
        "spreads": [None if one is None else _cell(one) | {"sure": one["low"] > 0} for one in spreads],
        "metrics": [METRICS.get(one, one) for one in metrics],
        "groups": [_group(number, metrics, there) for number in range(len(first["groups"]))],
        "systems": list(there),
        "too_few": first["too_few"],
        "mixed": first.get("mixed_pairs", 0),
    }


def _group(number: int, metrics: list[str], there: dict[str, Json]) -> Json:
    """One group: its size, the same for all systems, and a cell for each system and metric."""
    groups = [found["groups"][number] for found in there.values()]
    words = {"impostors": "impostor pairs", "genuine": "genuine pairs", "probes": "probes"}
    size = ", ".join(f"{groups[0][key]:,} {word}" for key, word in words.items() if key in groups[0])
    return {
        "name": groups[0]["name"],
        "size": size,
        "cells": [[_cell(group[metric]) for metric in metrics] for group in groups],
    }


def _cell(rate: Any) -> Json:
    """A rate in per cent, with its interval; the spread's with the two groups that it lies between."""
    between = f"best: {rate['highest']}, worst: {rate['lowest']}" if "highest" in rate else ""
    interval = f"{percent(rate['low'])} to {percent(rate['high'])}"
    return {"value": percent(rate["value"]), "interval": interval, "between": between, "number": rate["value"]}
