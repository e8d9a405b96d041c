"""One picture of every feature with every classifier: a panel a feature, a line a classifier."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from eigen2arc.compare.report.style import COLOURS, INK, PALE, RC, Look
from eigen2arc.core.files import atomic_write
from eigen2arc.core.metrics.verification import roc

from .window_table import Judged

COLUMNS = 3
WIDTH_IN, HEIGHT_IN = 3.1, 2.5

#: Every line its own dashes as well as its own colour, because curves this good lie on top of one another.
DASHES: tuple[tuple[float, ...], ...] = ((), (5, 1.4), (1.6, 1.2), (6, 1.4, 1.4, 1.4))


def write_figure(path: Path, judged: Sequence[Judged], title: str, note: str) -> None:
    """Write the ROC curves as an SVG file, atomically. Both axes are logarithmic: misses over false alarms."""
    with mpl.rc_context(RC | {"figure.facecolor": "white", "svg.hashsalt": "windows"}), atomic_write(path) as file:
        _figure(judged, title, note).savefig(file, format="svg", metadata={"Date": None})


def _figure(judged: Sequence[Judged], title: str, note: str) -> Figure:
    features = list(dict.fromkeys(one.feature for one in judged))
    classifiers = list(dict.fromkeys(one.classifier for one in judged))
    looks = {name: Look(COLOURS[i], DASHES[i % len(DASHES)]).line for i, name in enumerate(classifiers)}
    rows = -(-(len(features) + 1) // COLUMNS)
    figure = Figure(figsize=(COLUMNS * WIDTH_IN, rows * HEIGHT_IN + 0.5), layout="constrained")
    panels = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    # A rate of 0 has no place on a logarithmic axis: it is drawn at half the least rate that the samples can show.
    faces = judged[0].scores.same
    floor = 0.5 / np.count_nonzero(~faces), 0.5 / np.count_nonzero(faces)
    for panel, feature in zip(panels, features, strict=False):
        lines = [one for one in judged if one.feature == feature]
        for one in lines:
            fpr, tpr, _ = roc(one.scores)
            panel.plot(np.maximum(fpr, floor[0]), np.maximum(1 - tpr, floor[1]), **looks[one.classifier])
        _dress(panel, feature, floor)
    legend = panels[len(features)]
    for empty in panels[len(features) :]:
        empty.set_axis_off()
    handles = [mpl.lines.Line2D([], [], label=name, **looks[name]) for name in classifiers]
    legend.legend(handles=handles, loc="upper left", frameon=False, title="classifier", alignment="left")
    legend.text(0, 0.28, note, transform=legend.transAxes, va="top", color=PALE, fontsize=7.5, wrap=True)
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold", color=INK)
    return figure


def _dress(panel: Axes, feature: str, floor: tuple[float, float]) -> None:
    panel.set(xscale="log", yscale="log", xlim=(floor[0], 1), ylim=(floor[1], 1), title=feature)
    panel.set(xlabel="false alarms", ylabel="missed faces")
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda rate, _: f"{100 * rate:g}%"))
        axis.set_minor_formatter(NullFormatter())
