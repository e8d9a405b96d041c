"""What systems cost: a row of a table each, and what they gain over what they cost, with the Pareto line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, PercentFormatter

from eigen2arc.core.files import Json
from eigen2arc.core.metrics.pareto import pareto_front

from .headline import QUESTIONS, Question, question_of
from .numbers import Numbers
from .style import INK, PALE, RC, LineStyle, inline_svg

#: Where systems are measured, and what that is called.
PLACES = {"one_thread": "one thread", "all_cores": "all cores", "gpu": "GPU"}

#: The least distance of two names beside a plot, as a share of its height.
NAME_GAP = 0.075


@dataclass(frozen=True)
class Dot:
    """A system in the plot: what a face costs it, in milliseconds, its main metric, and that one's interval."""

    name: str
    cost: float
    gain: float
    interval: tuple[float, float] | None


def cost_context(systems: list[Json], styles: Mapping[str, LineStyle]) -> Json | None:
    """Return what the section on cost shows; None for a run in which it was not measured."""
    measured = [system for system in systems if "cost" in system]
    if not measured:
        return None
    stages = list(dict.fromkeys(stage for system in measured for stage in system["cost"]["stages"] if stage != "match"))
    places = [place for place in PLACES if any(place in system["cost"]["milliseconds"] for system in measured)]
    task = next((task for task in QUESTIONS if any(task in system for system in measured)), None)
    figures = []
    if task is not None:
        question = question_of(task, measured)
        ways: list[tuple[str, str, Callable[[Json], float | None]]] = [
            ("the whole way", "Everything from the image to the vector", _whole),
            ("the encoder alone", "The encoder alone, with its preprocessing", _encoder),
        ]
        for number, (name, title, spent) in enumerate(ways):
            dots = [dot for system in measured if (dot := _dot(system, task, spent, question)) is not None]
            if dots:
                figure = cost_figure(dots, styles, question.name)
                label = f"{question.name} over milliseconds a face, {name}"
                figures.append((title, inline_svg(figure, f"cost-{number}", label, _numbers(dots, question.name))))
    costs = [system["cost"] for system in measured]
    rows = [_row(system["name"], system["cost"], stages, places) for system in measured]
    return {
        "numbers": {row["name"]: _row_numbers(row, stages, places) for row in rows},
        "stages": stages,
        "places": {place: PLACES[place] for place in places},
        "matches": any("match" in cost["stages"] for cost in costs),
        "rows": rows,
        "figures": figures,
        "images": sorted({cost["images"] for cost in costs}),
        "sizes": list(dict.fromkeys(cost["image_size"] for cost in costs)),
        "failed": [(system["name"], line) for system in measured for line in system["cost"].get("failed", [])],
        "busy": max((cost["busy"] or 0.0 for cost in costs), default=0.0),
        "item": "image" if task == "detection" else "face",
    }


def _whole(cost: Json) -> float | None:
    spent: float | None = cost["milliseconds"].get("one_thread")
    return spent


def _encoder(cost: Json) -> float | None:
    spent = [cost["stages"].get(stage, {}).get("one_thread") for stage in ("preprocess", "encode")]
    return None if spent[1] is None else spent[1] + (spent[0] or 0.0)


def _dot(system: Json, task: str, spent: Callable[[Json], float | None], question: Question) -> Dot | None:
    """A system's dot; None where its cost, or its main metric, is not known."""
    cost, metrics = spent(system["cost"]), system.get(task)
    if not cost or metrics is None or (gain := question.rate(metrics)) is None:
        return None
    known = metrics.get("intervals", {}).get(question.interval)
    ends = None if known is None else (known["low"], known["high"])
    return Dot(system["name"], cost, gain, ends)


def _numbers(dots: list[Dot], gain: str) -> Numbers:
    """The columns of the plot by system."""
    numbers: dict[str, dict[str, list[float | None]]] = {}
    for dot in dots:
        low, high = dot.interval or (None, None)
        numbers[dot.name] = {"milliseconds, one thread": [dot.cost], gain: [dot.gain], "low": [low], "high": [high]}
    return numbers


@mpl.rc_context(RC)
def cost_figure(dots: list[Dot], styles: Mapping[str, LineStyle], gain: str) -> Figure:
    """Draw the systems' main metric, called ``gain``, over what they cost, and the Pareto line through the unbeaten.

    The dots of systems that another one beats in both are hollow. A system's name stands at the right, at the height of
    its dot as far as there is room.
    """
    figure = Figure(figsize=(5.6, 3.7), layout="constrained")
    axes = figure.add_subplot()
    cost, value = (np.array([getattr(dot, key) for dot in dots]) for key in ("cost", "gain"))
    front = pareto_front(cost, value)
    left, right = cost.min() / 1.6, cost.max() * 1.6
    line = np.flatnonzero(front)[np.argsort(cost[front], kind="stable")]
    x, y = [*cost[line], right], [*value[line], value[line][-1]]
    axes.plot(x, y, color=PALE, linewidth=1.2, drawstyle="steps-post", zorder=1)
    for dot, unbeaten in zip(dots, front, strict=True):
        color = styles[dot.name].color
        if dot.interval is not None:
            axes.vlines(dot.cost, *dot.interval, color=color, linewidth=1.2, alpha=0.6, zorder=2)
        face = color if unbeaten else "white"
        axes.scatter(dot.cost, dot.gain, s=42, c=face, edgecolors=color, linewidths=1.6, zorder=3)
    axes.set(xscale="log", xlim=(left, right), xlabel="milliseconds, one thread", ylabel=gain)
    steps = (1.0,) if right > 300 * left else (1.0, 2.0, 5.0) if right > 8 * left else (1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
    axes.xaxis.set_major_locator(LogLocator(10, steps))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: f"{tick:,g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(PercentFormatter(1, 0))
    _names(axes, dots, styles)
    return figure


def _names(axes: Axes, dots: list[Dot], styles: Mapping[str, LineStyle]) -> None:
    """Write the names beside the axes, each with a thin line to its dot."""
    ends = [end for dot in dots for end in (dot.gain, *(dot.interval or ()))]
    low, high = min(ends), max(ends)
    margin = max(0.08 * (high - low), 0.005)
    low, high = low - margin, high + margin
    axes.set_ylim(low, high)
    heights = spread([(dot.gain - low) / (high - low) for dot in dots], NAME_GAP)
    for dot, height in zip(dots, heights, strict=True):
        axes.annotate(
            dot.name,
            (dot.cost, dot.gain),
            (1.03, height),
            textcoords="axes fraction",
            va="center",
            fontsize=8.5,
            color=INK,
            arrowprops={
                "arrowstyle": "-",
                "color": styles[dot.name].color,
                "linewidth": 0.6,
                "alpha": 0.7,
                "shrinkB": 4,
            },
        )


def spread(heights: list[float], gap: float) -> list[float]:
    """Move heights apart, as little as may be, until neighbours have a distance of ``gap``; their order stays."""
    order = np.argsort(heights, kind="stable")
    # Less the room of those below, heights only have to ascend: the nearest that do are the means of what must meet.
    blocks: list[list[float]] = []
    for place, index in enumerate(order):
        blocks.append([heights[index] - place * gap])
        while len(blocks) > 1 and np.mean(blocks[-2]) > np.mean(blocks[-1]):
            last = blocks.pop()
            blocks[-1] += last
    moved = [float(np.mean(block)) for block in blocks for _ in block]
    result = [0.0] * len(heights)
    for place, index in enumerate(order):
        result[index] = moved[place] + place * gap
    return result


def _row(name: str, cost: Json, stages: list[str], places: list[str]) -> Json:
    """A row of the table, in words: of the encoder, and of the detector in small print."""
    parts = cost["parts"]
    main = parts.get("encoder", parts.get("detector", {}))
    small = parts["detector"] if "encoder" in parts else {}
    spent = {stage: times.get("one_thread") for stage, times in cost["stages"].items()}
    compared = spent.get("match")
    return {
        "name": name,
        "held": [
            (label, text(main.get(key)), text(small[key]) if small.get(key) is not None else "", main.get(key))
            for label, key, text in (
                ("parameters", "parameters", counted),
                ("size", "bytes", in_bytes),
                ("multiply-adds", "multiply_adds", counted),
            )
        ],
        "stages": [_time(spent.get(stage)) for stage in stages],
        "places": [_time(cost["milliseconds"].get(place)) for place in places],
        "match": _time(None if compared is None else 1000 * compared),
        "memory": {"value": cost["peak_memory_bytes"], "text": in_bytes(cost["peak_memory_bytes"])},
        "base": in_bytes(cost["base_memory_bytes"]),
    }


def _time(spent: float | None) -> Json:
    return {"value": spent, "text": milliseconds(spent)}


def _row_numbers(row: Json, stages: list[str], places: list[str]) -> dict[str, list[Any]]:
    """A row of the table in numbers."""
    return {
        **{label: [value] for label, _, _, value in row["held"]},
        **{f"{stage}, ms": [cell["value"]] for stage, cell in zip(stages, row["stages"], strict=True)},
        **{f"all, {PLACES[place]}, ms": [cell["value"]] for place, cell in zip(places, row["places"], strict=True)},
        "1,000 comparisons, ms": [row["match"]["value"]],
        "memory, bytes": [row["memory"]["value"]],
    }


#: Words for a thousand, a million and so on.
THOUSANDS = ("", "k", "M", "G", "T", "P")


def counted(count: int | None) -> str:
    """Format a number with three digits: "59.1 M", and "-" for what was not counted."""
    if count is None:
        return "-"
    value, power = float(count), 0
    while value >= 999.5 and power < len(THOUSANDS) - 1:
        value, power = value / 1000, power + 1
    return f"{value:.{0 if power == 0 or value >= 99.95 else 1 if value >= 9.995 else 2}f} {THOUSANDS[power]}".strip()


def in_bytes(count: int | None) -> str:
    """Format a number of bytes: "4.82 MB"."""
    text = counted(count)
    return text if count is None else f"{text}B" if text[-1].isalpha() else f"{text} B"


def milliseconds(value: float | None) -> str:
    """Format milliseconds with three digits, or fewer where they would be noise."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
