"""Curves with one line a system: ROC, DET, CMC, and recall over false positives."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter, PercentFormatter
from scipy.special import ndtri

from eigen2arc.core.metrics.verification import roc
from eigen2arc.core.types import Scores

from .style import PALE, RC, Look

WIDTH_IN, HEIGHT_IN = 5.0, 3.7
#: Where the deviate of a rate of 0, or of 1, is drawn: finite, but outside the axes.
OFF_THE_PLOT = 1e-9
DET_TICKS = (0.0001, 0.0005, 0.002, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8)


def _axes() -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), layout="constrained")
    return figure, figure.add_subplot()


def _least_rate(scores: Mapping[str, Scores]) -> float:
    """The smallest rate above 0 that the impostor pairs can show."""
    return float(1 / max(np.count_nonzero(~s.same) for s in scores.values()))


@mpl.rc_context(RC)
def roc_figure(scores: Mapping[str, Scores], looks: Mapping[str, Look]) -> Figure:
    """True match rate over false match rate, the latter logarithmic: where security asks for few false accepts."""
    figure, axes = _axes()
    least = _least_rate(scores)
    for name, system_scores in scores.items():
        far, tar, _ = roc(system_scores)
        axes.plot(np.maximum(far, least), tar, **looks[name].line)
    axes.set(xscale="log", xlim=(least, 1), ylim=(0, 1.01), xlabel="false match rate", ylabel="true match rate")
    axes.xaxis.set_major_formatter(FuncFormatter(_percent))
    axes.yaxis.set_major_formatter(PercentFormatter(1, 0))
    return figure


@mpl.rc_context(RC)
def det_figure(scores: Mapping[str, Scores], looks: Mapping[str, Look]) -> Figure:
    """Detection error trade-off: both error rates on normal-deviate axes, on which Gaussian scores give straight lines.

    Source: Martin, Doddington, Kamm, Ordowski, Przybocki, "The DET curve in assessment of detection task performance",
    Eurospeech 1997.
    """
    figure, axes = _axes()
    low, high = _least_rate(scores), 0.8
    for name, system_scores in scores.items():
        far, tar, _ = roc(system_scores)
        axes.plot(
            *(ndtri(np.clip(rate, OFF_THE_PLOT, 1 - OFF_THE_PLOT)) for rate in (far, 1 - tar)), **looks[name].line
        )
    ends = ndtri([low, high])
    axes.plot(ends, ends, color=PALE, linewidth=0.8, linestyle=":")
    ticks = [tick for tick in DET_TICKS if low <= tick <= high]
    labels = [_percent(tick) for tick in ticks]
    axes.set(xlim=ends, ylim=ends, xlabel="false match rate", ylabel="false non-match rate")
    axes.set_xticks(ndtri(ticks), labels)
    axes.set_yticks(ndtri(ticks), labels)
    return figure


@mpl.rc_context(RC)
def cmc_figure(curves: Mapping[str, Sequence[float]], looks: Mapping[str, Look]) -> Figure:
    """Share of probes whose own person is among the first k of the gallery, over k."""
    figure, axes = _axes()
    for name, curve in curves.items():
        axes.plot(range(1, len(curve) + 1), curve, marker="o", markersize=3, **looks[name].line)
    last = max(len(curve) for curve in curves.values())
    low = min(curve[0] for curve in curves.values())
    axes.set(xlabel="rank k", ylabel="right person among the first k", xlim=(0.5, last + 0.5))
    axes.set_ylim(np.floor(low * 10) / 10 - 0.02, 1.01)
    axes.set_xticks([k for k in (1, 5, 10, 15, 20) if k <= last])
    axes.yaxis.set_major_formatter(PercentFormatter(1, 0))
    return figure


@mpl.rc_context(RC)
def recall_figure(
    curves: Mapping[str, tuple[np.ndarray, np.ndarray]], looks: Mapping[str, Look], score: str = "recall"
) -> Figure:
    """Recall over the number of false positives in the whole set, logarithmic; a dot where a detector's list ends.

    curves : by system (K,) false positives and (K,) recall, 0..1, from the highest threshold to the lowest.
    score : what recall is called.
    """
    figure, axes = _axes()
    none_at = 0.7  # where no false positive at all is drawn, since a logarithmic axis has no 0
    most = 200
    for name, (false_positives, recall) in curves.items():
        line = {**looks[name].line, "drawstyle": "steps-post"}
        axes.plot(np.maximum(false_positives, none_at), recall, **line)
        axes.plot(max(false_positives[-1], none_at), recall[-1], "o", color=looks[name].colour, markersize=4)
        most = max(most, int(false_positives[-1]))
    axes.set(xscale="log", xlim=(none_at, most * 1.15), ylim=(0, 1.01), xlabel="false positives", ylabel=score)
    ticks = [tick for tick in (1, 10, 50, 200, 1000, 5000, 20000, 100000) if tick <= most]
    axes.set_xticks([none_at, *ticks], ["0", *(f"{tick:,}" for tick in ticks)])
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(PercentFormatter(1, 0))
    return figure


def _percent(rate: float, _: object = None) -> str:
    return f"{100 * rate:.4g}%"
