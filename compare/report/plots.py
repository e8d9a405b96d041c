"""The plots of a report: curves with one line a system, score histograms, accuracy under nuisance factors."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter, PercentFormatter
from scipy.special import ndtri

from eigen2arc.core.files import Json
from eigen2arc.core.metrics.intervals import wilson
from eigen2arc.core.metrics.verification import roc
from eigen2arc.core.types import Scores

from .numbers import Numbers, thinned
from .style import EDGE, INK, LINE_WIDTH, PALE, RC, STAGE_COLORS, LineStyle

WIDTH_IN, HEIGHT_IN = 5.0, 3.7
#: Where the deviate of a rate of 0, or of 1, is drawn: finite, but outside the axes.
OFF_THE_PLOT = 1e-9
DET_TICKS = (0.0001, 0.0005, 0.002, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8)


def _axes() -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), layout="constrained")
    return figure, figure.add_subplot()


#: Curves are alike where they are nearer than this share of the plot's height, and so on at least half its width.
NEAR, HALF = 0.006, 0.5


def alike(curves: Mapping[str, tuple[np.ndarray, np.ndarray]], *, logarithmic: bool = False) -> list[list[str]]:
    """Group the curves of which one would hide the other: names in their order, each group of two or more.

    curves : by name x (K,), ascending, and y (K,), 0..1. logarithmic : how x is drawn.
    """
    xs = np.concatenate([x for x, _ in curves.values()])
    xs = xs[xs > 0] if logarithmic else xs
    if not len(xs):
        return []
    grid = (np.geomspace if logarithmic else np.linspace)(xs.min(), xs.max(), 100)
    groups: list[list[str]] = []
    drawn = {name: np.interp(grid, x, y) for name, (x, y) in curves.items()}
    for name, course in drawn.items():
        hidden = (group for group in groups if np.mean(np.abs(drawn[group[0]] - course) < NEAR) >= HALF)
        group = next(hidden, None)
        if group is None:
            groups.append([name])
        else:
            group.append(name)
    return [group for group in groups if len(group) > 1]


def roc_courses(scores: Mapping[str, Scores]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return the ROC curves by system, see metrics.verification.roc: false and true match rate."""
    return {name: roc(one)[:2] for name, one in scores.items()}


def _least_rate(scores: Mapping[str, Scores]) -> float:
    """The smallest rate above 0 that the impostor pairs can show; a half for a single pair: an axis has two ends."""
    return min(0.5, float(1 / max(np.count_nonzero(~s.same) for s in scores.values())))


@mpl.rc_context(RC)
def roc_figure(scores: Mapping[str, Scores], styles: Mapping[str, LineStyle]) -> Figure:
    """Draw ROC curves: true match rate over false match rate, the latter logarithmic for the range of few accepts."""
    figure, axes = _axes()
    least = _least_rate(scores)
    for name, system_scores in scores.items():
        far, tar, _ = roc(system_scores)
        axes.plot(np.maximum(far, least), tar, **styles[name].kwargs)
    axes.set(xscale="log", xlim=(least, 1), ylim=(0, 1.01), xlabel="false match rate", ylabel="true match rate")
    axes.xaxis.set_major_formatter(FuncFormatter(_percent))
    axes.yaxis.set_major_formatter(PercentFormatter(1, 0))
    return figure


def roc_numbers(scores: Mapping[str, Scores]) -> Numbers:
    """Return points of the ROC curves by system, with the threshold of each."""
    numbers = {}
    for name, one in scores.items():
        far, tar, thresholds = roc(one)
        some = thinned(far, tar, logarithmic=True)
        numbers[name] = {
            "false match rate": far[some],
            "true match rate": tar[some],
            "threshold": thresholds[some],
        }
    return numbers


@mpl.rc_context(RC)
def det_figure(scores: Mapping[str, Scores], styles: Mapping[str, LineStyle], bands: Mapping[str, Json]) -> Figure:
    """Draw DET curves: both error rates on normal-deviate axes, on which Gaussian scores give straight lines.

    bands : by system fmr, low and high (K,), the interval of the FNMR at each FMR, drawn pale.

    Source: Martin, Doddington, Kamm, Ordowski, Przybocki, "The DET curve in assessment of detection task performance",
    Eurospeech 1997.
    """
    figure, axes = _axes()
    low, high = _least_rate(scores), 0.8
    for name, system_scores in scores.items():
        far, tar, _ = roc(system_scores)
        axes.plot(_deviate(far), _deviate(1 - tar), **styles[name].kwargs)
        # Held to the axes: what is drawn beyond them, though it is not seen, makes a page wider.
        fmr, lowest, highest = (ndtri(np.clip(bands[name][key], low, high)) for key in ("fmr", "low", "high"))
        axes.fill_between(fmr, lowest, highest, color=styles[name].color, alpha=0.13, linewidth=0)
    ends = ndtri([low, high])
    axes.plot(ends, ends, color=PALE, linewidth=0.8, linestyle=":")
    ticks = [tick for tick in DET_TICKS if low <= tick <= high]
    labels = [_percent(tick) for tick in ticks]
    axes.set(xlim=ends, ylim=ends, xlabel="false match rate", ylabel="false non-match rate")
    axes.set_xticks(ndtri(ticks), labels)
    axes.set_yticks(ndtri(ticks), labels)
    return figure


def det_numbers(scores: Mapping[str, Scores], bands: Mapping[str, Json]) -> Numbers:
    """Return by system the false non-match rate at each false match rate of its band, with the ends of that."""
    numbers = {}
    for name, one in scores.items():
        far, tar, _ = roc(one)
        fmr = np.array(bands[name]["fmr"])
        numbers[name] = {
            "false match rate": fmr,
            "false non-match rate": 1 - tar[np.searchsorted(far, fmr * (1 + 1e-12), side="right") - 1],
            "low": bands[name]["low"],
            "high": bands[name]["high"],
        }
    return numbers


def _deviate(rate: np.ndarray) -> np.ndarray:
    """Where a rate is drawn on a normal-deviate axis."""
    return np.asarray(ndtri(np.clip(rate, OFF_THE_PLOT, 1 - OFF_THE_PLOT)))


#: Of an SVG by matplotlib: units of its viewBox to an inch.
SVG_UNITS = 72


def roc_places(figure: Figure, fmr: np.ndarray, fnmr: np.ndarray) -> np.ndarray:
    """Tell where operating points (K,) lie in the SVG of roc_figure(), see _places(): (K, 2)."""
    return _places(figure, fmr, 1 - fnmr)


def det_places(figure: Figure, fmr: np.ndarray, fnmr: np.ndarray) -> np.ndarray:
    """Tell where operating points (K,) lie in the SVG of det_figure(), see _places(): (K, 2)."""
    return _places(figure, _deviate(fmr), _deviate(fnmr))


def threshold_places(figure: Figure, thresholds: np.ndarray) -> np.ndarray:
    """Tell where thresholds (K,) lie in the SVG of distribution_figure(), see _places(): x (K,)."""
    return _places(figure, thresholds, np.zeros(len(thresholds)))[:, 0]


def _places(figure: Figure, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Where data points lie in a figure's SVG, in the units of its viewBox, held to the axes: (K, 2) x y down.

    The figure has to have been rendered: only then are its axes where they stay.
    """
    axes = figure.axes[0]
    held = np.column_stack([x.clip(*axes.get_xlim()), y.clip(*axes.get_ylim())])
    inside = (axes.transScale + axes.transLimits).transform(held)
    box, size = axes.get_position(), figure.get_size_inches() * SVG_UNITS
    place = np.array([box.x0, box.y0]) + inside * [box.width, box.height]
    return np.asarray(size * np.column_stack([place[:, 0], 1 - place[:, 1]]))


def axes_ends(figure: Figure) -> tuple[float, float]:
    """Tell where the axes of a rendered figure begin and end in its SVG: y, from above."""
    box, height = figure.axes[0].get_position(), float(figure.get_size_inches()[1]) * SVG_UNITS
    return height * (1 - box.y1), height * (1 - box.y0)


@mpl.rc_context(RC)
def cmc_figure(curves: Mapping[str, Sequence[float]], styles: Mapping[str, LineStyle]) -> Figure:
    """Draw CMC curves: the share of probes whose own person is among the first k of the gallery, over k."""
    figure, axes = _axes()
    for name, curve in curves.items():
        axes.plot(range(1, len(curve) + 1), curve, marker="o", markersize=3, **styles[name].kwargs)
    last = max(len(curve) for curve in curves.values())
    low = min(curve[0] for curve in curves.values())
    axes.set(xlabel="rank k", ylabel="right person among the first k", xlim=(0.5, last + 0.5))
    axes.set_ylim(np.floor(low * 10) / 10 - 0.02, 1.01)
    axes.set_xticks([k for k in (1, 5, 10, 15, 20) if k <= last])
    axes.yaxis.set_major_formatter(PercentFormatter(1, 0))
    return figure


def cmc_numbers(curves: Mapping[str, Sequence[float]]) -> Numbers:
    """Return the CMC curves by system."""
    return {
        name: {"rank": range(1, len(curve) + 1), "right person among the first": curve}
        for name, curve in curves.items()
    }


def curve_numbers(curves: Mapping[str, tuple[np.ndarray, np.ndarray]], x: str, y: str) -> Numbers:
    """Return points of curves by system, x being drawn by its logarithm; x, y : what the columns are called."""
    numbers = {}
    for name, (along, up) in curves.items():
        some = thinned(along, up, logarithmic=True)
        numbers[name] = {x: along[some], y: up[some]}
    return numbers


@mpl.rc_context(RC)
def open_set_figure(
    curves: Mapping[str, tuple[np.ndarray, np.ndarray]], styles: Mapping[str, LineStyle], surest: float
) -> Figure:
    """Draw DIR over FPIR, the latter logarithmic, by system (K,) of each, ascending; no curve begins at an FPIR of 0.

    surest : the lowest FPIR for which the strangers are enough; what is left of it is shaded.
    """
    figure, axes = _axes()
    least = min(0.5, *(float(fpir[fpir > 0].min()) for fpir, _ in curves.values()))  # of a single stranger it is 1
    for name, (fpir, dir_) in curves.items():
        axes.plot(np.maximum(fpir, least), dir_, **{**styles[name].kwargs, "drawstyle": "steps-post"})
    axes.axvspan(least, min(surest, 1), color=PALE, alpha=0.12, linewidth=0)
    axes.set(xscale="log", xlim=(least, 1), ylim=(0, 1.01))
    axes.set(xlabel="strangers taken for somebody (FPIR)", ylabel="enrolled people named (DIR)")
    axes.xaxis.set_major_formatter(FuncFormatter(_percent))
    axes.yaxis.set_major_formatter(PercentFormatter(1, 0))
    return figure


@mpl.rc_context(RC)
def recall_figure(
    curves: Mapping[str, tuple[np.ndarray, np.ndarray]], styles: Mapping[str, LineStyle], score: str = "recall"
) -> Figure:
    """Draw recall over the false positives in the whole set, logarithmic; a dot where a detector's list ends.

    curves : by system (K,) false positives and (K,) recall, 0..1, from the highest threshold to the lowest.
    score : what the axis of recall is called.
    """
    figure, axes = _axes()
    none_at = 0.7  # where no false positive at all is drawn, since a logarithmic axis has no 0
    most = 200
    for name, (false_positives, recall) in curves.items():
        line = {**styles[name].kwargs, "drawstyle": "steps-post"}
        axes.plot(np.maximum(false_positives, none_at), recall, **line)
        axes.plot(max(false_positives[-1], none_at), recall[-1], "o", color=styles[name].color, markersize=4)
        most = max(most, int(false_positives[-1]))
    axes.set(xscale="log", xlim=(none_at, most * 1.15), ylim=(0, 1.01), xlabel="false positives", ylabel=score)
    ticks = [tick for tick in (1, 10, 50, 200, 1000, 5000, 20000, 100000) if tick <= most]
    axes.set_xticks([none_at, *ticks], ["0", *(f"{tick:,}" for tick in ticks)])
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(PercentFormatter(1, 0))
    return figure


def _percent(rate: float, _: object = None) -> str:
    return f"{100 * rate:.4g}%"


BINS = 60
#: Above this share of faces that the detector lost, a point is drawn hollow.
MANY_LOST = 0.1


@mpl.rc_context(RC)
def distribution_figure(scores: Scores, threshold: float, style: LineStyle) -> Figure:
    """Draw histograms of genuine and impostor scores, each of area one, and the threshold between them."""
    figure = Figure(figsize=(3.6, 1.75), layout="constrained")
    axes = figure.add_subplot()
    edges = _edges(scores)
    for chosen, colour, opacity in ((~scores.same, EDGE, 0.65), (scores.same, style.color, 0.65)):
        drawn = scores.value[chosen]
        axes.hist(drawn, edges.tolist(), density=True, color=colour, alpha=opacity, histtype="stepfilled")
    axes.axvline(threshold, color=INK, linewidth=1, linestyle=(0, (2, 1.5)))
    axes.set(yticks=[], xlim=(edges[0], edges[-1]), xlabel="score")
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    return figure


def _edges(scores: Scores) -> np.ndarray:
    """The edges of the histograms' bins (BINS + 1,)."""
    low, high = float(scores.value.min()), float(scores.value.max())
    return np.linspace(low, high if high > low else low + 1, BINS + 1)


def distribution_numbers(name: str, scores: Scores) -> Numbers:
    """Return the histograms of a system: from where to where, and how many pairs of each kind."""
    edges = _edges(scores)
    genuine, impostor = (np.histogram(scores.value[chosen], edges)[0] for chosen in (scores.same, ~scores.same))
    return {name: {"from": edges[:-1], "to": edges[1:], "genuine pairs": genuine, "impostor pairs": impostor}}


@mpl.rc_context(RC)
def factor_figure(name: str, levels: Mapping[str, list[Json]], styles: Mapping[str, LineStyle]) -> Figure:
    """Draw accuracy over the strength of one nuisance factor, one line a system, in the band of Wilson's interval.

    levels : by system, as metrics.json has them.
    """
    figure = Figure(figsize=(3.6, 2.5), layout="constrained")
    axes = figure.add_subplot()
    axes.axhline(0.5, color=PALE, linewidth=0.8, linestyle=":")
    for system, points in levels.items():
        _draw_levels(axes, [p["level"] for p in points], points, styles[system])
    axes.set(title=factor_label(name), ylim=(0.35, 1.03))
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(PercentFormatter(1, 0))
    return figure


@mpl.rc_context(RC)
def stress_figure(
    label: str,
    words: Sequence[str],
    levels: Mapping[str, list[Json]],
    styles: Mapping[str, LineStyle],
    chance: float,
) -> Figure:
    """Draw accuracy over the levels of a stress, evenly spaced, one line a system, in the band of Wilson's interval.

    label : the title. words : what each level is called. levels : by system, as metrics.json has them. chance : the
    accuracy of guessing, 0..1.
    """
    figure = Figure(figsize=(WIDTH_IN, 2.7), layout="constrained")
    axes = figure.add_subplot()
    axes.axhline(chance, color=PALE, linewidth=0.8, linestyle=":")
    for system, points in levels.items():
        _draw_levels(axes, range(len(points)), points, styles[system])
    axes.set(title=label, ylim=(0.35, 1.03), xlim=(-0.5, len(words) - 0.5))
    axes.set_xticks(range(len(words)), words)
    axes.yaxis.set_major_formatter(PercentFormatter(1, 0))
    return figure


@mpl.rc_context(RC)
def timing_figure(seconds: Mapping[str, Mapping[str, float]]) -> Figure:
    """Draw the seconds of each system as a bar, stage after stage, its total behind it. seconds : by stage."""
    figure = Figure(figsize=(9.6, 0.62 + 0.27 * len(seconds)), layout="constrained")
    axes = figure.add_subplot()
    for row, stages in enumerate(seconds.values()):
        start = 0.0
        for stage in (stage for stage in STAGE_COLORS if stage in stages):
            axes.barh(row, stages[stage], left=start, height=0.62, color=STAGE_COLORS[stage])
            start += stages[stage]
        axes.annotate(f"{start:,.3g} s", (start, row), (4, 0), textcoords="offset points", va="center", fontsize=8)
    axes.set_yticks(range(len(seconds)), list(seconds))
    axes.set(ylim=(len(seconds) - 0.5, -0.5), xlabel="seconds")
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.grid(visible=False, axis="y")
    axes.margins(x=0.08)
    axes.set_xlim(left=0)
    return figure


def level_numbers(levels: Mapping[str, list[Json]]) -> Numbers:
    """Return accuracy by level with its interval, the pairs, and how many faces were not found; None: as it is."""
    numbers = {}
    for system, points in levels.items():
        low, high = _intervals(points)
        numbers[system] = {
            "level": [p["level"] for p in points],
            "accuracy": [p["accuracy"] for p in points],
            "low": low,
            "high": high,
            "pairs": [p["pairs"] for p in points],
            "not found": [p["not_found"] for p in points],
        }
    return numbers


def _draw_levels(axes: Axes, x: Sequence[float], points: list[Json], style: LineStyle) -> None:
    """One system's accuracy, its band, and its points, hollow where the detector lost many faces."""
    y = [p["accuracy"] for p in points]
    axes.plot(x, y, **style.kwargs)
    axes.fill_between(x, *_intervals(points), color=style.color, alpha=0.09, linewidth=0)
    lost = [p["not_found"] > MANY_LOST * p["pairs"] for p in points]
    faces = ["white" if hollow else style.color for hollow in lost]
    axes.scatter(x, y, s=16 * style.width / LINE_WIDTH, c=faces, edgecolors=style.color, linewidths=1, zorder=3)


def _intervals(points: list[Json]) -> tuple[list[float], list[float]]:
    """The low and high ends of the intervals of a curve's points."""
    ends = [wilson(round(p["accuracy"] * p["pairs"]), p["pairs"]) for p in points]
    return [low for low, _ in ends], [high for _, high in ends]


def factor_label(factor: str) -> str:
    """Convert a factor's name to a label: "yaw_deg" becomes "yaw (°)"."""
    stem, _, unit = factor.rpartition("_")
    units = {"deg": "°", "px": "pixels", "rad": "rad"}
    return f"{stem.replace('_', ' ')} ({units[unit]})" if unit in units else factor.replace("_", " ")
