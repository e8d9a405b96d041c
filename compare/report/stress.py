"""The section on stress: accuracy at every level, what the levels look like, and where half is lost."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from eigen2arc.core.files import Json

from .plots import alike, level_numbers, stress_figure
from .run_folder import RunFolder
from .style import LineStyle, inline_svg, widened

#: What a level is called that is none: that of an image as it is.
AS_IT_IS = "as it is"


@dataclass(frozen=True)
class StressPanel:
    """One stress: its plot, and an image at each level, (words, data: address)."""

    name: str
    svg: Markup
    pictures: list[tuple[str, str]]


@dataclass(frozen=True)
class HalfCell:
    """Where a system has lost half under one stress, and the interval, both in words; the level itself, if any."""

    stress: str
    text: str
    spread: str
    value: float | None


def stress_section(run: RunFolder, systems: list[Json], styles: dict[str, LineStyle]) -> Json | None:
    """Make what stress.html needs; None for a run without stress."""
    test = run.metrics.get("stress")
    if test is None:
        return None
    tested = [system for system in systems if "stress" in system]
    panels = []
    for number, (name, made) in enumerate(test["stresses"].items()):
        words = [AS_IT_IS, *(f"{level:g}" for level in made["levels"])]
        points = {system["name"]: system["stress"][name]["levels"] for system in tested}
        courses = {
            system: (np.arange(len(levels)), np.array([p["accuracy"] for p in levels]))
            for system, levels in points.items()
        }
        drawn = stress_figure(made["label"], words, points, widened(styles, alike(courses)), test["chance"])
        pictures = [run.image(picture) for picture in made.get("pictures", [])]
        svg = inline_svg(drawn, f"stress-{number}", f"Accuracy over {made['label']}", level_numbers(points))
        panels.append(StressPanel(name, svg, list(zip(words, pictures, strict=bool(pictures)))))
    rows = [
        (
            system["name"],
            [_half_cell(name, system["stress"][name], made["levels"]) for name, made in test["stresses"].items()],
        )
        for system in tested
    ]
    labels = {name: made["label"] for name, made in test["stresses"].items()}
    numbers = {system["name"]: _half_numbers(system["stress"]) for system in tested}
    return {"test": test, "panels": panels, "labels": labels, "rows": rows, "numbers": numbers}


def _half_numbers(stresses: Json) -> dict[str, list[Any]]:
    """A row for each stress: where half is lost and the interval; nothing for beyond the levels that were tried."""
    halves = [one["half_level"] or {} for one in stresses.values()]
    ends = {"half lost at": "level", "weak end": "weak_end", "strong end": "strong_end"}
    return {"stress": list(stresses), **{name: [half.get(key) for half in halves] for name, key in ends.items()}}


def _half_cell(name: str, entry: Json, levels: list[float]) -> HalfCell:
    half = entry["half_level"]
    if half is None:
        return HalfCell(name, "-", "no better than chance", None)
    beyond = f"beyond {levels[-1]:g}"
    level, weak, strong = (
        beyond if half[end] is None else f"{half[end]:.2g}" if half[end] < 10 else f"{half[end]:.0f}"
        for end in ("level", "weak_end", "strong_end")
    )
    return HalfCell(name, level, "" if weak == beyond else f"{weak} to {strong}", half["level"])
