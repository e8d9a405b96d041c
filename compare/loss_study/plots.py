"""The pictures of a table of losses: accuracy over training, target logits, people in the plane, angles."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from eigen2arc.compare.report.style import COLOURS, INK, PALE, RC, Look

WIDE_IN, PANEL_IN = (6.4, 3.9), 3.1

#: Lines beyond the colours there are get another style: solid, dashed, dotted.
DASHES: tuple[tuple[float, ...], ...] = ((), (4, 1.6), (1.4, 1.2))

#: Points on the circle are moved in or out by at most so much, so that they do not hide each other.
SCATTER = 0.08


def looks(names: Sequence[str]) -> dict[str, Look]:
    """A colour and a style of line for every loss."""
    return {
        name: Look(COLOURS[n % len(COLOURS)], DASHES[n // len(COLOURS) % len(DASHES)]) for n, name in enumerate(names)
    }


@mpl.rc_context(RC)
def accuracy_figure(curves: Mapping[str, Sequence[tuple[int, float]]], look: Mapping[str, Look]) -> Figure:
    """Accuracy on people held out over the steps done, one line a loss. curves : (step, accuracy 0..1) by loss."""
    figure, axes = _wide()
    for name, points in curves.items():
        steps, accuracy = zip(*points, strict=True)
        axes.plot(steps, accuracy, marker="o", markersize=3, **look[name].line)
    axes.set(xlabel="steps", ylabel="accuracy on people held out")
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    return figure


@mpl.rc_context(RC)
def logit_figure(theta_deg: Sequence[float], curves: Mapping[str, Sequence[float]], look: Mapping[str, Look]) -> Figure:
    """The true class's logit over its scale, over the angle to the class's centre; ArcFace's Fig. 3 (b)."""
    figure, axes = _wide()
    axes.plot(theta_deg, np.cos(np.radians(theta_deg)), color=PALE, linewidth=1, linestyle=(0, (1, 2)))
    for name, values in curves.items():
        axes.plot(theta_deg, values, **look[name].line)
    axes.set(xlabel="angle to the own centre", ylabel="logit / scale", xlim=(0, 180))
    axes.set_xticks(range(0, 181, 30))
    axes.xaxis.set_major_formatter(FuncFormatter(_degrees))
    return figure


@mpl.rc_context(RC)
def plane_figure(plane: Mapping[str, Any]) -> Figure:
    """People as points in the plane, a colour each, and lines to their centres; on a circle if only directions count.

    plane : what compare.loss_plane gives.
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
                axes.plot([0, x], [0, y], color=_colour(person), linewidth=1.3, alpha=0.8)
    for person in np.unique(labels):
        x, y = points[labels == person].T
        axes.scatter(x, y, s=9, color=_colour(person), alpha=0.7, linewidths=0, zorder=3)
    axes.plot(0, 0, "+", color=INK, markersize=5)
    axes.set(xlim=(-radius, radius), ylim=(-radius, radius))
    if plane["on_circle"]:
        axes.set_axis_off()
    else:
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.yaxis.set_major_locator(MaxNLocator(5))
    return figure


@mpl.rc_context(RC)
def angle_figure(looked: Sequence[Mapping[str, Any]], look: Look) -> Figure:
    """Histograms of the angles of genuine and impostor pairs, one row a look, the start at the bottom.

    looked : by look "step", "genuine_angles" and "impostor_angles", counts in bins of equal width from 0 to 180.
    """
    figure = Figure(figsize=(3.6, 0.75 + 0.42 * len(looked)), layout="constrained")
    axes = figure.add_subplot()
    shares = [[_share(one[f"{kind}_angles"]) for kind in ("impostor", "genuine")] for one in looked]
    highest = max(float(share.max()) for pair in shares for share in pair) or 1.0
    for row, (impostor, genuine) in enumerate(shares):
        for share, colour in ((impostor, "#98a2b3"), (genuine, look.colour)):
            edges = np.linspace(0, 180, len(share) + 1)
            heights = row + 0.92 * np.repeat(share, 2) / highest
            outline = edges.repeat(2)[1:-1]
            axes.fill_between(outline, row, heights, color=colour, alpha=0.6, linewidth=0)
    axes.set(xlim=(0, 180), ylim=(0, len(looked)), xlabel="angle between two faces")
    axes.set_yticks(range(len(looked)), [f"{one['step']:,}" for one in looked])
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


def _colour(person: int) -> str:
    return COLOURS[person % len(COLOURS)]


def _degrees(angle: float, _: object = None) -> str:
    return f"{angle:.0f}°"
