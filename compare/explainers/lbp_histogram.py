"""What LBP histograms see: the label of every pixel, and the histograms of three regions."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import hsv_to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from eigen2arc.classical.descriptors.lbp import local_binary_patterns
from eigen2arc.classical.encode.encoders.lbp_histogram import LBPHistogram
from eigen2arc.compare.explain.explainer import Explainer, People
from eigen2arc.compare.explain.figure import headline, show
from eigen2arc.compare.report.style import COLORS
from eigen2arc.core.align import template_points
from eigen2arc.core.image import to_grey

#: Regions whose histograms are shown, by the index in core.align.template_points of the point inside.
REGIONS = {"an eye": 0, "the nose": 2, "a corner of the mouth": 4}

FLAT, DOT, MIXED = (0.16, 0.16, 0.18), (1.0, 1.0, 1.0), (0.62, 0.62, 0.64)


def explain(encoder: LBPHistogram, crop: np.ndarray, people: People | None) -> Figure:
    """Draw the first scale and grid of a fitted LBPHistogram on a crop (S, S, 3) uint8."""
    (neighbours, radius_px), grid = encoder.circles[0], encoder.grids[0]
    labels = local_binary_patterns(to_grey(crop)[None], neighbours=neighbours, radius_px=radius_px)[0]
    colours = label_colors(neighbours)
    page = Figure(figsize=(10.5, 6.6), layout="constrained")
    headline(
        page,
        "LBP histograms: which local patterns a face has, region by region",
        f"Every pixel is compared with {neighbours} neighbours {radius_px:g} px away: the pattern of brighter and "
        f"darker ones is its label. Of each of {grid} x {grid} regions the histogram of the labels is taken.",
    )
    panels = page.subplots(2, 3, height_ratios=[1.7, 1])
    face, map_, legend = panels[0]
    show(face, to_grey(crop), "the crop, its regions, and three of them")
    show(map_, colours[labels], "the label of every pixel")
    _legend(legend)
    margin, side = (len(crop) - len(labels)) // 2, len(labels)
    edges = -(-np.arange(grid + 1) * side // grid)
    for axes, start in ((face, margin), (map_, 0)):
        lines = edges + start - 0.5
        axes.hlines(lines, lines[0], lines[-1], color="white", linewidth=0.5, alpha=0.6)
        axes.vlines(lines, lines[0], lines[-1], color="white", linewidth=0.5, alpha=0.6)
    points = template_points(len(crop)).round().astype(int) - margin
    for axes, (name, point), colour in zip(panels[1], REGIONS.items(), COLORS[1:4], strict=True):
        column, row = np.clip(points[point] * grid // side, 0, grid - 1)
        corner, size = (edges[column], edges[row]), (edges[column + 1] - edges[column], edges[row + 1] - edges[row])
        for panel, start in ((face, margin), (map_, 0)):
            origin = (corner[0] + start - 0.5, corner[1] + start - 0.5)
            for edge, width in (("white", 5), (colour, 2.5)):  # a light rim: the label map has every colour
                panel.add_patch(Rectangle(origin, *size, fill=False, edgecolor=edge, linewidth=width))
        region = labels[edges[row] : edges[row + 1], edges[column] : edges[column + 1]]
        _histogram(axes, region, colours)
        axes.set_title(f"histogram of the region with {name}", color=colour, fontsize=8.5)
    return page


def label_colors(neighbours: int) -> np.ndarray:
    """Return a colour for each uniform label, (P (P - 1) + 3, 3) in 0..1, of classical.descriptors.lbp.

    The hue is the direction in which the brighter neighbours lie, strong for an edge (half of them brighter), pale for
    corners and ends of lines. White where none is brighter, black where all are (which holds for what is flat), and
    grey for patterns that are not uniform.
    """
    p = neighbours
    ones, turn = np.arange(1, p)[:, None], np.arange(p)
    hue = ((ones - 1) / 2 - turn) / p % 1
    saturation = np.broadcast_to(1 - 0.85 * np.abs(2 * ones / p - 1), hue.shape)
    runs = hsv_to_rgb(np.stack([hue, saturation, np.full(hue.shape, 0.92)], axis=-1)).reshape(-1, 3)
    return np.concatenate([[DOT], runs, [FLAT], [MIXED]])


def _legend(axes: Axes) -> None:
    """A disc of the hues: an edge has the colour in the direction of its brighter side."""
    y, x = np.mgrid[1:-1:201j, -1:1:201j]
    radius, hue = np.hypot(x, y), np.arctan2(y, x) / (2 * np.pi) % 1
    disc = np.ones((201, 201, 3))
    ring = (radius > 0.55) & (radius < 0.95)
    disc[ring] = hsv_to_rgb(np.stack([hue[ring], np.ones(ring.sum()), np.full(ring.sum(), 0.92)], axis=-1))
    show(axes, disc, "the colours", extent=(-1.35, 1.35, -1.35, 1.35))
    axes.text(0, 0, "an edge:\nwhere its\nbrighter side\nlies", ha="center", va="center", fontsize=8)
    for line, (colour, text) in enumerate(
        (
            (FLAT, "flat, or a dark dot"),
            (DOT, "a bright dot"),
            (MIXED, "not uniform: the circle\nchanges more than twice"),
        )
    ):
        height = -1.62 - 0.27 * line
        axes.add_patch(Rectangle((-0.95, height - 0.08), 0.2, 0.16, facecolor=colour, edgecolor="0.6", clip_on=False))
        axes.text(-0.65, height, text, va="center", fontsize=8, clip_on=False)
    axes.set(xlim=(-1.35, 1.35), ylim=(-2.4, 1.35))


def _histogram(axes: Axes, labels: np.ndarray, colours: np.ndarray) -> None:
    share = np.bincount(labels.ravel(), minlength=len(colours)) / labels.size
    axes.bar(np.arange(len(colours)), share, width=1, color=colours, edgecolor="0.55", linewidth=0.3)
    axes.set(xlabel="label", xlim=(-1, len(colours)), yticks=[])
    axes.yaxis.set_visible(False)
    axes.spines["left"].set_visible(False)
    axes.tick_params(labelsize=7)


def build() -> Explainer:
    """Build the explainer; it has no settings."""
    return explain
