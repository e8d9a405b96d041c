"""One threshold for each system, chosen by hand: what it does, where it lies on the curves, and who changes sides.

All numbers stand in the page, a threshold at a time: scripts/operating_point.js only chooses among them.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure

from eigen2arc.core.files import Json
from eigen2arc.core.metrics.operating_points import OperatingPoints, error_rates, operating_points
from eigen2arc.core.types import Scores

from .overview import percent
from .pictures import Pictures
from .plots import axes_ends, det_places, roc_places, threshold_places
from .style import INK, LineStyle, themed

#: The false match rates of the table that stands in the page without a script, too.
TABLED = ("1e-1", "1e-2", "1e-3")

#: The rate at which the control stands before it is moved.
FIRST = 1e-2

#: Marks in plots; their colours stand in them, so that a plot that is saved has them, too.
DOT = Markup(
    '<circle class="operating" data-plot="{}" data-system="{}" cx="{}" cy="{}" r="4" '
    'style="fill: {}; stroke: {}; stroke-width: 1.2"/>'
)
LINE = Markup(
    '<path class="operating" data-system="{}" d="M0 {:.1f}V{:.1f}" transform="translate({})" visibility="hidden" '
    'style="stroke: {}; stroke-width: 1.6"/>'
)


class Thresholds:
    """The operating points of a run's verification systems, and the marks that show them in the plots.

    systems, scores, styles : as metrics.json has them, and by name. Marks are made for figures that are rendered.
    """

    def __init__(self, systems: list[Json], scores: Mapping[str, Scores], styles: Mapping[str, LineStyle]) -> None:
        self.systems = [one for one in systems if one["name"] in scores and "verification" in one]
        self.styles = styles
        impostors = [int(np.count_nonzero(~scores[one["name"]].same)) for one in self.systems]
        self.rates = error_rates(max([1, *impostors]))
        self.points = {
            one["name"]: operating_points(scores[one["name"]], one["verification"]["threshold"]["mean"], self.rates)
            for one in self.systems
        }
        self.places: dict[str, Json] = {name: {} for name in self.points}

    def marked(self, svg: Markup, figure: Figure, plot: str) -> Markup:
        """Add a dot for each system to the SVG of its ROC or DET curves, at the suite's own threshold.

        plot : "roc" or "det".
        """
        marks = Markup()
        for number, (name, points) in enumerate(self.points.items()):
            places = {"roc": roc_places, "det": det_places}[plot](figure, points.fmr, points.fnmr).round(1)
            self.places[name][plot] = places.T.tolist()
            x, y = places[points.chosen].tolist()
            marks += DOT.format(plot, number, x, y, themed(self.styles[name].color), themed("#ffffff"))
        return _inserted(svg, marks)

    def marked_scores(self, svg: Markup, figure: Figure, name: str) -> Markup:
        """Add a line at a system's threshold to the SVG of its histograms of scores, hidden where it is the suite's."""
        points = self.points[name]
        places = threshold_places(figure, points.thresholds).round(1)
        self.places[name]["line"] = places.tolist()
        top, bottom = axes_ends(figure)
        number = list(self.points).index(name)
        return _inserted(svg, LINE.format(number, top, bottom, places[points.chosen], themed(INK)))

    def section(self, pictures: Pictures) -> Json:
        """Return what operating_point.html and near_threshold.html show; {} where there is nothing to decide."""
        if not self.points:
            return {}
        tabled = [rate for rate in TABLED if float(rate) in self.rates]
        systems = [
            {
                "name": one["name"],
                "points": points,
                "own": _row(points, points.chosen),
                "at": [_at(one, points, rate, self.rates) for rate in tabled],
                **_near(one, points, pictures),
            }
            for one, points in zip(self.systems, self.points.values(), strict=True)
        ]
        return {
            "systems": systems,
            "near": any(one["refused"] or one["accepted"] for one in systems),
            "tabled": [percent_of(float(rate)) for rate in tabled],
            "rates": [percent_of(rate) for rate in self.rates],
            "first": int(np.searchsorted(self.rates, FIRST)),
            "data": self._data(),
        }

    def _data(self) -> Json:
        """Everything that the script shows, by the index of a threshold, and which index each rate has."""
        return {
            "rates": [percent_of(rate) for rate in self.rates],
            "systems": [
                {
                    "own": points.chosen,
                    "atRate": points.at_fmr.tolist(),
                    "thresholds": points.thresholds.tolist(),
                    "threshold": [_threshold(points, k) for k in range(len(points.thresholds))],
                    "falseAccepts": points.false_accepts.tolist(),
                    "falseRejects": points.false_rejects.tolist(),
                    "fmr": [percent(rate) for rate in points.fmr.tolist()],
                    "fnmr": [percent(rate) for rate in points.fnmr.tolist()],
                    "tar": [percent(1 - rate) for rate in points.fnmr.tolist()],
                    "accuracy": [percent(rate) for rate in points.accuracy.tolist()],
                    **self.places[name],
                }
                for name, points in self.points.items()
            ],
        }


def percent_of(rate: float) -> str:
    """Format a rate in per cent with no digit more than it has: "0.025"."""
    return np.format_float_positional(float(f"{100 * rate:.6g}"), trim="-")


def _inserted(svg: Markup, marks: Markup) -> Markup:
    """Marks on top of all else in an SVG."""
    body, end, rest = svg.rpartition("</svg>")
    return Markup(body + marks + end + rest)


def _threshold(points: OperatingPoints, k: int) -> str:
    """A threshold as it is printed: those of the table have few digits, the suite's own is a mean."""
    value = float(points.thresholds[k])
    return f"{value:.6g}" if k == points.chosen else f"{value:.12g}"


def _row(points: OperatingPoints, k: int) -> Json:
    """The metrics of one system at one of its thresholds, as they are printed."""
    return {
        "threshold": _threshold(points, k),
        "fmr": percent(float(points.fmr[k])),
        "fnmr": percent(float(points.fnmr[k])),
        "tar": percent(1 - float(points.fnmr[k])),
        "accuracy": percent(float(points.accuracy[k])),
        "falseAccepts": int(points.false_accepts[k]),
        "falseRejects": int(points.false_rejects[k]),
    }


def _at(system: Json, points: OperatingPoints, rate: str, rates: list[float]) -> Json:
    """A cell of the table: the threshold that keeps to a false match rate, and the FNMR there with its interval."""
    metrics = system["verification"]
    fnmr, ends = metrics["fnmr_at_fmr"].get(rate), metrics["intervals"].get(f"fnmr_at_fmr/{rate}")
    threshold = _threshold(points, int(points.at_fmr[rates.index(float(rate))]))
    if not isinstance(fnmr, float):
        return {"threshold": threshold, "fnmr": "", "interval": ""}
    interval = "" if ends is None else f"{100 * ends['low']:.1f} to {100 * ends['high']:.1f}"
    return {"threshold": threshold, "fnmr": percent(fnmr), "interval": interval}


def _near(system: Json, points: OperatingPoints, pictures: Pictures) -> Json:
    """The pairs nearest to the suite's threshold, refused and accepted there, by rising score.

    accepted_below : a pair is accepted at the thresholds with a lower index.
    """
    sides: dict[str, Any] = {"refused": [], "accepted": []}
    for pair in system.get("near_threshold", []):
        below = int(np.searchsorted(points.thresholds, pair["score"], "right"))
        side = "accepted" if points.chosen < below else "refused"
        sides[side].append(pictures.pair(pair) | {"accepted_below": below, "words": f"{pair['score']:.5g}"})
    return sides
