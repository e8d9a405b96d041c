"""The section of an ablation: one stage exchanged at a time, detector by aligner, and where the loss comes from."""

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eigen2arc.core.files import Json

from .overview import percent
from .style import INK, PALE, RC, STAGE_COLORS, inline_svg

#: The stages of which one is exchanged, in the order of the plot, with their colours under "time per stage".
COLORS = {
    "detector": STAGE_COLORS["detect"],
    "aligner": STAGE_COLORS["align"],
    "preprocessing": STAGE_COLORS["preprocess"],
    "encoder": STAGE_COLORS["encode"],
}

#: The bars of an attribution from the top down: what they are called, and their colours.
LOSSES = {
    "choice": ("which face", STAGE_COLORS["detect"]),
    "place": ("where it lies", STAGE_COLORS["align"]),
    "sum": ("sum of the two", "#98a2b3"),
    "both": ("whole loss", INK),
}

#: Height of a row of a plot, and what stands around the rows.
ROW_IN, AROUND_IN, WIDTH_IN = 0.215, 0.62, 6.2


def ablation_section(metrics: Json) -> Json | None:
    """Make the context of ablation.html of a metrics.json; None where nothing was ablated."""
    ablation = metrics.get("ablation")
    if ablation is None:
        return None
    systems = [
        {
            **system,
            "dots": _dots(system, f"ablation-{number}"),
            "grid": _grid(system, ablation["stages"]),
            "attributed": _attributed(system, f"attribution-{number}"),
        }
        for number, system in enumerate(ablation["systems"])
    ]
    return {**ablation, "systems": systems, "tables": {s["name"]: s for s in metrics["systems"]}}


def points(value: float) -> str:
    """Format a difference of two shares in points, with its sign."""
    return f"{100 * value:+.2f}".replace("-", "\u2212") if round(100 * value, 2) else "0.00"


def _interval(estimate: Json) -> str:
    return f"{points(estimate['low'])} to {points(estimate['high'])}"


def _dots(system: Json, name: str) -> Markup | None:
    single = [row for row in system["variants"] if len(row["changed"]) == 1]
    if not single:
        return None
    figure = dots_figure(single, system["stages"], system["accuracy"])
    numbers = {
        "stage": [row["stage"] for row in single],
        "plug-in": [row["changed"][row["stage"]] for row in single],
        "accuracy": [row["accuracy"] for row in single],
        **{f"difference{end}": [row["difference"][key] for row in single] for key, end in ENDS.items()},
    }
    label = f"{system['name']}: accuracy with one stage exchanged"
    return inline_svg(figure, name, label, {system["name"]: numbers})


#: The parts of an estimate, and what their columns end in.
ENDS = {"value": "", "low": ", low", "high": ", high"}


@mpl.rc_context(RC)
def dots_figure(variants: Sequence[Json], own: Json, accuracy: float) -> Figure:
    """Draw the difference of each variant to the system as it is, in points, stage by stage, the least loss first.

    variants : as metrics.json has them, of one exchanged stage each. own : what stands there in the system, by stage.
    accuracy : the system's. Filled: the interval does not hold 0.
    """
    stages = [stage for stage in COLORS if any(row["stage"] == stage for row in variants)]
    labels: list[str] = []
    figure = Figure(figsize=(WIDTH_IN, AROUND_IN + ROW_IN * (len(variants) + 1.4 * len(stages))), layout="constrained")
    axes = figure.add_subplot()
    y, ticks = 0.0, []
    for stage in stages:
        rows = sorted((row for row in variants if row["stage"] == stage), key=lambda row: -row["difference"]["value"])
        axes.text(0, y, f"{stage}, in place of {own[stage]}", transform=axes.get_yaxis_transform(), **HEADING)
        for row in rows:
            y += 1
            _dot(axes, y, row["difference"], COLORS[stage])
            axes.text(1.01, y, percent(row["accuracy"]), transform=axes.get_yaxis_transform(), va="center", color=INK)
            ticks.append(y)
            labels.append(row["changed"][stage])
        y += 1.4
    axes.axvline(0, color=INK, linewidth=0.9)
    axes.set_yticks(ticks, labels)
    axes.set(ylim=(y - 0.6, -0.8), xlabel=f"points more than as it is, {percent(accuracy)} %; at the right: %")
    _finish(axes)
    return figure


HEADING: dict[str, Any] = {"va": "center", "fontweight": "bold", "fontsize": 8.5, "color": PALE}


def _dot(axes: Axes, y: float, difference: Json, colour: str) -> None:
    low, value, high = (100 * difference[key] for key in ("low", "value", "high"))
    axes.plot([low, high], [y, y], color=colour, linewidth=1.3, solid_capstyle="butt")
    filled = colour if low > 0 or high < 0 else "white"
    axes.plot([value], [y], "o", markersize=5, markerfacecolor=filled, markeredgecolor=colour)


def _finish(axes: Axes) -> None:
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.margins(x=0.06)


def _grid(system: Json, stages: Sequence[str]) -> Json | None:
    """Detectors by aligners: accuracy in per cent, the difference, and whether it is the best, or the system's own."""
    if not {"detector", "aligner"} <= set(stages):
        return None
    own = system["stages"]["detector"], system["stages"]["aligner"]
    cells = {own: {"accuracy": system["accuracy"], "difference": None, "same": ""}}
    for row in system["variants"]:
        if row["changed"].keys() <= {"detector", "aligner"}:
            where = row["changed"].get("detector", own[0]), row["changed"].get("aligner", own[1])
            cells[where] = {
                "accuracy": row["accuracy"],
                "difference": row["difference"],
                "same": row["same_crops_as"],
            }
    detectors, aligners = ([*dict.fromkeys(where[i] for where in cells)] for i in (0, 1))
    best = max(percent(cell["accuracy"]) for cell in cells.values())
    rows = []
    for detector in detectors:
        row = []
        for aligner in aligners:
            cell = cells.get((detector, aligner))
            row.append(None if cell is None else _cell(cell, best))
        rows.append({"detector": detector, "cells": row})
    return {"aligners": aligners, "rows": rows, "spread": _spread([cell["accuracy"] for cell in cells.values()])}


def _cell(cell: Json, best: str) -> Json:
    difference = cell["difference"]
    return {
        "accuracy": percent(cell["accuracy"]),
        "best": percent(cell["accuracy"]) == best,
        "difference": "as it is" if difference is None else points(difference["value"]),
        "interval": "" if difference is None else _interval(difference),
        "same": cell["same"],
    }


def _spread(accuracies: Sequence[float]) -> str:
    return f"{percent(min(accuracies))} to {percent(max(accuracies))}"


def _attributed(system: Json, name: str) -> Json | None:
    attribution = system.get("attribution")
    if attribution is None or not attribution["detectors"]:
        return None
    rows = [
        {
            "detector": row["detector"],
            "as_it_is": row["as_it_is"],
            "accuracy": percent(row["accuracy"]),
            "losses": {
                key: {"value": points(row["losses"][key]["value"]), "interval": _interval(row["losses"][key])}
                for key in LOSSES
            },
            "interaction": {"value": points(row["interaction"]["value"]), "interval": _interval(row["interaction"])},
            "adds_up": row["adds_up"],
        }
        for row in attribution["detectors"]
    ]
    numbers = {
        row["detector"]: {
            f"{LOSSES[key][0]}{end}": [row["losses"][key][part]] for key in LOSSES for part, end in ENDS.items()
        }
        for row in attribution["detectors"]
    }
    label = f"{system['name']}: what is lost by which face the detector chooses, and by where it lies"
    return {
        "reference": attribution["reference"],
        "annotated": attribution["annotated"],
        "best": percent(attribution["accuracy"]),
        "rows": rows,
        "bars": inline_svg(losses_figure(attribution["detectors"]), name, label, numbers, "detector"),
    }


@mpl.rc_context(RC)
def losses_figure(detectors: Sequence[Json]) -> Figure:
    """Draw the losses of each detector as bars, in points, with their intervals: by part, their sum and the whole.

    detectors : as metrics.json has them in an attribution.
    """
    names, height = list(LOSSES), len(LOSSES) + 1.6
    figure = Figure(figsize=(WIDTH_IN, AROUND_IN + ROW_IN * height * len(detectors)), layout="constrained")
    axes = figure.add_subplot()
    ticks, labels = [], []
    for number, row in enumerate(detectors):
        top = number * height
        heading = f"{row['detector']}, as it is" if row["as_it_is"] else row["detector"]
        axes.text(0, top, heading, transform=axes.get_yaxis_transform(), **HEADING)
        for n, key in enumerate(names, 1):
            words, colour = LOSSES[key]
            low, value, high = (100 * row["losses"][key][end] for end in ("low", "value", "high"))
            axes.barh(top + n, value, height=0.62, color=colour)
            axes.plot([low, high], [top + n] * 2, color=PALE, linewidth=1.1, solid_capstyle="butt")
            ticks.append(top + n)
            labels.append(words)
    axes.axvline(0, color=INK, linewidth=0.9)
    axes.set_yticks(ticks, labels)
    axes.set(ylim=(len(detectors) * height - 0.9, -0.8), xlabel="points lost")
    _finish(axes)
    return figure
