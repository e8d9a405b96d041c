"""Small multiples: the scores of each system, and the accuracy of all systems under each nuisance factor."""

from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from eigen2arc.core.types import Scores

from .style import INK, PALE, RC, Look

BINS = 60
#: Above this share of faces that the detector lost, a point is drawn hollow.
MANY_LOST = 0.1


@mpl.rc_context(RC)
def distribution_figure(scores: Scores, threshold: float, look: Look) -> Figure:
    """Histograms of genuine and impostor scores, each of area one, and the threshold between them."""
    figure = Figure(figsize=(3.6, 1.75), layout="constrained")
    axes = figure.add_subplot()
    low, high = float(scores.value.min()), float(scores.value.max())
    edges = np.linspace(low, high if high > low else low + 1, BINS + 1)
    for chosen, colour, opacity in ((~scores.same, "#98a2b3", 0.65), (scores.same, look.colour, 0.65)):
        drawn = scores.value[chosen]
        axes.hist(drawn, edges.tolist(), density=True, color=colour, alpha=opacity, histtype="stepfilled")
    axes.axvline(threshold, color=INK, linewidth=1, linestyle=(0, (2, 1.5)))
    axes.set(yticks=[], xlim=(edges[0], edges[-1]), xlabel="score")
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    return figure


@mpl.rc_context(RC)
def factor_figure(name: str, levels: Mapping[str, list[dict[str, Any]]], looks: Mapping[str, Look]) -> Figure:
    """Accuracy over the strength of one nuisance factor, one line a system. levels : by system, see metrics.json."""
    figure = Figure(figsize=(3.6, 2.5), layout="constrained")
    axes = figure.add_subplot()
    axes.axhline(0.5, color=PALE, linewidth=0.8, linestyle=":")
    for system, points in levels.items():
        look = looks[system]
        x, y = [p["level"] for p in points], [p["accuracy"] for p in points]
        axes.plot(x, y, **look.line)
        lost = [p["not_found"] > MANY_LOST * p["pairs"] for p in points]
        faces = ["white" if hollow else look.colour for hollow in lost]
        axes.scatter(x, y, s=16, c=faces, edgecolors=look.colour, linewidths=1, zorder=3)
    axes.set(title=readable(name), ylim=(0.35, 1.03))
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(PercentFormatter(1, 0))
    return figure


def readable(factor: str) -> str:
    """A factor's name as a person would write it: "yaw_deg" becomes "yaw (°)"."""
    stem, _, unit = factor.rpartition("_")
    units = {"deg": "°", "px": "pixels", "rad": "rad"}
    return f"{stem.replace('_', ' ')} ({units[unit]})" if unit in units else factor.replace("_", " ")
