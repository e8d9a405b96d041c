"""Sources of proposals as finders of faces: how well their first boxes cover the annotated ones, and how fast."""

import io
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from eigen2arc.compare.report.style import RC, LineStyle, line_styles
from eigen2arc.core.files import Json, atomic_write
from eigen2arc.core.metrics.proposals import best_overlaps, mabo, recall
from eigen2arc.core.types import Dataset

#: The numbers of boxes in the table.
COUNTS = (10, 100, 1000, 2000)

#: And those of the curves: eight a decade.
CURVE = tuple(int(n) for n in np.unique(np.rint(np.geomspace(1, 10_000, 33))))


class Source(Protocol):
    """A source of boxes: a plug-in of the kind "proposal", or a peer with its interface."""

    def propose(self, image: np.ndarray) -> np.ndarray:
        """Propose boxes (N, 4) float32 x1 y1 x2 y2, best first, in a uint8 RGB image (H, W, 3)."""
        ...


@dataclass(frozen=True)
class Scored:
    """One source on a set of images.

    overlaps : (len(CURVE), T) the best overlap of each of T faces with the first n boxes. at_counts : the same for
    COUNTS. boxes : (images,) how many it proposed. seconds : (images,) how long it took.
    """

    overlaps: np.ndarray
    at_counts: np.ndarray
    boxes: np.ndarray
    seconds: np.ndarray

    def metrics(self) -> Json:
        """Return all metrics, ready for JSON; lists are in the order of COUNTS and of CURVE."""
        return {
            "ms_per_image": 1000 * float(np.median(self.seconds)),
            "boxes_per_image": float(self.boxes.mean()),
            "recall_at_iou_0.5": dict(zip(map(str, COUNTS), recall(self.at_counts).tolist(), strict=True)),
            "recall_at_iou_0.7": dict(zip(map(str, COUNTS), recall(self.at_counts, 0.7).tolist(), strict=True)),
            "mabo": dict(zip(map(str, COUNTS), mabo(self.at_counts).tolist(), strict=True)),
            "curve": {
                "boxes": CURVE,
                "recall_at_iou_0.5": recall(self.overlaps).tolist(),
                "mabo": mabo(self.overlaps).tolist(),
            },
        }


def evenly(count: int, limit: int) -> list[int]:
    """Return at most ``limit`` indices from 0 to count - 1, evenly spread, in order."""
    return [int(n) for n in np.linspace(0, count - 1, min(limit, count))]


def score(source: Source, dataset: Dataset, images: Sequence[int]) -> Scored:
    """Score a source on the chosen images, by index, of a set with annotated faces."""
    assert dataset.faces is not None
    source.propose(dataset.images[images[0]])  # compiles, which is not what is timed
    overlaps, boxes_per_image, seconds = [], [], []
    for index in images:
        image = dataset.images[index]
        start = time.perf_counter()
        boxes = source.propose(image)
        seconds.append(time.perf_counter() - start)
        boxes_per_image.append(len(boxes))
        overlaps.append(best_overlaps(boxes, dataset.faces[index].counted.boxes, [*CURVE, *COUNTS]))
    both = np.concatenate(overlaps, axis=1)
    return Scored(both[: len(CURVE)], both[len(CURVE) :], np.array(boxes_per_image), np.array(seconds))


def write_figure(path: Path, scored: Mapping[str, Scored], track_of: Mapping[str, str], title: str) -> None:
    """Write the figure as SVG, atomically. track_of : of each source, which sets the style of its line."""
    styles = line_styles([{"name": name, "track": track_of[name]} for name in scored])
    buffer = io.BytesIO()
    with mpl.rc_context(RC | {"svg.hashsalt": "proposals"}):
        figure(scored, styles, title).savefig(buffer, format="svg", metadata={"Date": None})
    with atomic_write(path) as file:
        file.write(buffer.getvalue())


@mpl.rc_context(RC)
def figure(scored: Mapping[str, Scored], styles: Mapping[str, LineStyle], title: str) -> Figure:
    """Draw recall and MABO over the number of boxes, logarithmic; a line ends, with a dot, where no image has more.

    The legend is in the order of the right-hand lines' ends.
    """
    page = Figure(figsize=(9.6, 3.7), layout="constrained", facecolor="white")
    page.suptitle(title, x=0.01, ha="left", fontsize=9)
    left, right = page.subplots(1, 2, sharex=True)
    for name, result in scored.items():
        _line(left, recall(result.overlaps), result.boxes, styles[name], name)
        _line(right, mabo(result.overlaps), result.boxes, styles[name], name)
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


def _line(axes: Axes, values: np.ndarray, boxes: np.ndarray, style: LineStyle, name: str) -> None:
    most = int(boxes.max())
    x, y = list(CURVE), values.tolist()
    if most < CURVE[-1]:
        shown = int(np.searchsorted(CURVE, most))
        x, y = [*x[:shown], most], [*y[:shown], y[-1]]
        axes.plot(x[-1], y[-1], "o", color=style.color, markersize=4)
    axes.plot(x, y, label=name, **style.kwargs)
