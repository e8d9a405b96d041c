"""The course of a cascade's training, stage by stage, as one figure."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from eigen2arc.compare.report.style import RC
from eigen2arc.core.files import write_text

HIT, FALSE_ALARM = "C0", "C1"


def write_curves(records: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw the stages' records, see classical/detect/cascade/training/train.py, into an SVG file."""
    buffer = io.StringIO()
    with mpl.rc_context(RC | {"svg.hashsalt": path.name}):
        _figure(records).savefig(buffer, format="svg", metadata={"Date": None})
    write_text(path, buffer.getvalue())


def _figure(records: Sequence[Mapping[str, Any]]) -> Figure:
    figure = Figure(figsize=(10, 6), layout="constrained")
    (rates, overall), (trees, seconds) = figure.subplots(2, 2, sharex=True)
    stage = np.array([record["stage"] for record in records])

    def column(name: str) -> np.ndarray:
        return np.array([record[name] for record in records], float)

    hit, false_alarm = column("hit_rate"), column("false_alarm_rate")
    rates.plot(stage, hit, "o-", color=HIT, label="hit rate")
    rates.plot(stage, false_alarm, "s-", color=FALSE_ALARM, label="false-alarm rate")
    rates.set(title="each stage, on windows held out", ylim=(0, 1.02))
    rates.legend(loc="lower right")
    overall.plot(
        stage - 1,
        column("accepted") / np.maximum(column("scanned"), 1),
        "s-",
        color=FALSE_ALARM,
        label="false-alarm rate",
    )
    overall.plot(stage, np.cumprod(hit), "o-", color=HIT, label="hit rate")
    overall.set(title="all stages so far, on the backgrounds", yscale="log")
    # Matplotlib's own labels are formulae, which an SVG with real text would show as their source.
    overall.yaxis.set_major_formatter(FuncFormatter(lambda rate, _: f"{rate:.0e}" if rate < 1 else "1"))
    overall.legend()
    trees.bar(stage, column("trees"))
    trees.set(title="trees", xlabel="stage")
    seconds.bar(stage, column("search_s"), label="searching for false alarms")
    seconds.bar(stage, column("boost_s"), bottom=column("search_s"), label="boosting")
    seconds.set(title="seconds", xlabel="stage")
    seconds.legend()
    seconds.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure
