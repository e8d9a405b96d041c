"""The plots of a table of losses: accuracy over training, target logits, people in the plane, angles."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from eigen2arc.compare.report.style import COLORS, INK, PALE, RC, LineStyle

WIDE_IN, PANEL_IN = (6.4, 3.9), 3.1

#: Lines beyond the colours there are get another style: solid, dashed, dotted.
DASHES: tuple[tuple[float, ...], ...] = ((), (4, 1.6), (1.4, 1.2))

#: Points on the circle are moved in or out by at most so much, so that they do not hide each other.
SCATTER = 0.08


def line_styles(names: Sequence[str]) -> dict[str, LineStyle]:
    """Assign a colour and dashes to every loss."""
    return {
        name: LineStyle(COLORS[n % len(COLORS)], DASHES[n // len(COLORS) % len(DASHES)]) for n, name in enumerate(names)
    }


@mpl.rc_context(RC)
def accuracy_figure(curves: Mapping[str, Sequence[tuple[int, float]]], styles: Mapping[str, LineStyle]) -> Figure:
    """Draw accuracy on people held out over the steps, one line a loss. curves : (step, accuracy 0..1) by loss."""
    figure, axes = _wide()
    for name, points in curves.items():
        steps, accuracy = zip(*points, strict=True)
        axes.plot(steps, accuracy, marker="o", markersize=3, **styles[name].kwargs)
    axes.set(xlabel="steps", ylabel="accuracy on people held out")
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    return figure


@mpl.rc_context(RC)
def logit_figure(
    theta_deg: Sequence[float], curves: Mapping[str, Sequence[float]], styles: Mapping[str, LineStyle]
) -> Figure:
    """Draw the true class's logit / scale over the angle to the class's centre, ArcFace's Fig. 3 (b)."""
    figure, axes = _wide()
    axes.plot(theta_deg, np.cos(np.radians(theta_deg)), color=PALE, linewidth=1, linestyle=(0, (1, 2)))
    for name, values in curves.items():
        axes.plot(theta_deg, values, **styles[name].kwargs)
    axes.set(xlabel="angle to the own centre", ylabel="logit / scale", xlim=(0, 180))
    axes.set_xticks(range(0, 181, 30))
    axes.xaxis.set_major_formatter(FuncFormatter(_degrees))
    return figure


@mpl.rc_context(RC)
def plane_figure(plane: Mapping[str, Any]) -> Figure:
    """Draw people as points in a plane, a colour each, with lines to their centres; on a circle if only angles count.

    plane : what geometry.plane() returns.
    """
    figure = Figure(figsize=(PANEL_IN, PANEL_IN), layout="constrained")
    axes = figure.add_subplot(aspect="equal")
    points, labels = np.array(plane["points"]), np.array(plane["labels"])
    if plane["on_circle"]:
        points = points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-12)
        points *= 1 + np.random.default_rng(0).uniform(-SCATTER, SCATTER, (len(points), 1))
        turn = np.linspace(0, 2 * np.pi, 181)
        axes.plot(np.cos(turn), np.sin(turn), color="#98a2b3", linewidth=0.8)
    # A few points far out would press all others into one spot.
    radius = 1.25 if plane["on_circle"] else 1.1 * float(np.quantile(np.linalg.norm(points, axis=1), 0.98)) or 1.0
    for centres in plane["centres"]:
        for person, centre in enumerate(centres):
            length = np.hypot(*centre)
            if length > 0:
                x, y = np.array(centre) / length * (1 if plane["on_circle"] else radius)
                axes.plot([0, x], [0, y], color=_color(person), linewidth=1.3, alpha=0.8)
    for person in np.unique(labels):
        x, y = points[labels == person].T
        axes.scatter(x, y, s=9, color=_color(person), alpha=0.7, linewidths=0, zorder=3)
    axes.plot(0, 0, "+", color=INK, markersize=5)
    axes.set(xlim=(-radius, radius), ylim=(-radius, radius))
    if plane["on_circle"]:
        axes.set_axis_off()
    else:
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.yaxis.set_major_locator(MaxNLocator(5))
    return figure


@mpl.rc_context(RC)
def angle_figure(evaluations: Sequence[Mapping[str, Any]], style: LineStyle) -> Figure:
    """Draw histograms of the angles of genuine and impostor pairs, one row an evaluation, the start at the bottom.

    evaluations : each with "step", "genuine_angles" and "impostor_angles", counts in bins of equal width from 0 to 180.
    """
    figure = Figure(figsize=(3.6, 0.75 + 0.42 * len(evaluations)), layout="constrained")
    axes = figure.add_subplot()
    shares = [[_share(one[f"{kind}_angles"]) for kind in ("impostor", "genuine")] for one in evaluations]
    highest = max(float(share.max()) for pair in shares for share in pair) or 1.0
    for row, (impostor, genuine) in enumerate(shares):
        for share, colour in ((impostor, "#98a2b3"), (genuine, style.color)):
            edges = np.linspace(0, 180, len(share) + 1)
            heights = row + 0.92 * np.repeat(share, 2) / highest
            outline = edges.repeat(2)[1:-1]
            axes.fill_between(outline, row, heights, color=colour, alpha=0.6, linewidth=0)
    axes.set(xlim=(0, 180), ylim=(0, len(evaluations)), xlabel="angle between two faces")
    axes.set_yticks(range(len(evaluations)), [f"{one['step']:,}" for one in evaluations])
    axes.set_ylabel("steps")
    axes.set_xticks(range(0, 181, 30))
    axes.xaxis.set_major_formatter(FuncFormatter(_degrees))
    axes.spines["left"].set_visible(False)
    return figure


def _wide() -> tuple[Figure, Axes]:
    figure = Figure(figsize=WIDE_IN, layout="constrained")
    return figure, figure.add_subplot()


def _share(counts: Sequence[int]) -> np.ndarray:
    share: np.ndarray = np.array(counts) / max(1, sum(counts))
    return share


def _color(person: int) -> str:
    return COLORS[person % len(COLORS)]


def _degrees(angle: float, _: object = None) -> str:
    return f"{angle:.0f}°"
