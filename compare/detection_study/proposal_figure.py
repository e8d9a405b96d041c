"""A picture of proposals: recall and best overlap of annotated faces over the number of boxes."""

import io
from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from eigen2arc.compare.report.style import RC, Look, looks
from eigen2arc.core.files import atomic_write
from eigen2arc.core.metrics.proposals import mabo, recall

from .proposal_scores import CURVE, Scored


def write_figure(path: Path, scored: Mapping[str, Scored], track_of: Mapping[str, str], title: str) -> None:
    """Write the picture as SVG, atomically. track_of : of each source, which sets the style of its line."""
    look = looks([{"name": name, "track": track_of[name]} for name in scored])
    buffer = io.BytesIO()
    with mpl.rc_context(RC | {"svg.hashsalt": "proposals"}):
        figure(scored, look, title).savefig(buffer, format="svg", metadata={"Date": None})
    with atomic_write(path) as file:
        file.write(buffer.getvalue())


@mpl.rc_context(RC)
def figure(scored: Mapping[str, Scored], look: Mapping[str, Look], title: str) -> Figure:
    """Recall and MABO over the number of boxes, logarithmic; a line ends, with a dot, where no image has more.

    The names stand beside them, in the order of the right-hand lines' ends.
    """
    page = Figure(figsize=(9.6, 3.7), layout="constrained", facecolor="white")
    page.suptitle(title, x=0.01, ha="left", fontsize=9)
    left, right = page.subplots(1, 2, sharex=True)
    for name, result in scored.items():
        _line(left, recall(result.overlaps), result.boxes, look[name], name)
        _line(right, mabo(result.overlaps), result.boxes, look[name], name)
    left.set(ylabel="recall at IoU 0.5", xscale="log", xlim=(1, CURVE[-1]))
    right.set(ylabel="mean average best overlap (MABO)")
    for axes in (left, right):
        axes.set(ylim=(0, 1.01), xlabel="boxes an image")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    best_first = sorted(scored, key=lambda name: -mabo(scored[name].overlaps)[-1])
    handles = dict(zip(right.get_legend_handles_labels()[1], right.get_legend_handles_labels()[0], strict=True))
    page.legend([handles[name] for name in best_first], best_first, loc="outside right center", frameon=False)
    return page


def _line(axes: Axes, values: np.ndarray, boxes: np.ndarray, look: Look, name: str) -> None:
    most = int(boxes.max())
    x, y = list(CURVE), values.tolist()
    if most < CURVE[-1]:
        shown = int(np.searchsorted(CURVE, most))
        x, y = [*x[:shown], most], [*y[:shown], y[-1]]
        axes.plot(x[-1], y[-1], "o", color=look.colour, markersize=4)
    axes.plot(x, y, label=name, **look.line)
