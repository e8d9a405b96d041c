"""What high-dimensional LBP sees: a pyramid of the crop, and in each level the same patches around landmarks."""

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from eigen2arc.classical.descriptors.lbp import local_binary_patterns
from eigen2arc.classical.encode.encoders.high_dim_lbp import HighDimLBP
from eigen2arc.compare.explain.explainer import Explainer, People
from eigen2arc.compare.explain.figure import headline, show
from eigen2arc.compare.report.style import COLORS
from eigen2arc.core.image import to_grey

from .lbp_histogram import label_colors


def explain(encoder: HighDimLBP, crop: np.ndarray, people: People | None) -> Figure:
    """Draw every scale of a HighDimLBP on a crop (S, S, 3) uint8, with the first, middle and last of its points."""
    sides, bins = encoder.scales_px, encoder.neighbours * (encoder.neighbours - 1) + 3
    histograms = len(sides) * len(encoder.landmarks) * encoder.cells**2
    page = Figure(figsize=(max(3.3 * len(sides), 6.6), 7.4), layout="constrained")
    headline(
        page,
        "High-dimensional LBP: histograms around landmarks",
        f"Around each of {len(encoder.landmarks)} points (dots), in each level of the pyramid, lies a patch of "
        f"{encoder.cells} x {encoder.cells} cells of {encoder.cell_px} px; three are drawn. Where the level is small "
        f"they hold much of the face. A histogram of {bins} labels in each cell: {histograms * bins:,} numbers.",
    )
    panels = page.subplots(2, len(sides), squeeze=False)
    for (above, below), side_px in zip(panels.T, sides, strict=True):
        grey = cv2.resize(to_grey(crop), (side_px, side_px), interpolation=cv2.INTER_AREA)
        labels = local_binary_patterns(grey[None], neighbours=encoder.neighbours, radius_px=encoder.radius_px)[0]
        margin = (side_px - len(labels)) // 2
        show(above, grey, f"{side_px} x {side_px} px")
        show(below, label_colors(encoder.neighbours)[labels], "its labels, colours as for lbp_histogram")
        points = encoder.landmarks * side_px - 0.5
        above.plot(*points.T, "o", color="white", markersize=4, markeredgecolor="black", markeredgewidth=0.6, zorder=3)
        patch_px = encoder.cells * encoder.cell_px
        for index, colour in zip((0, len(points) // 2, len(points) - 1), COLORS[1:4], strict=True):
            above.plot(*points[index], "o", color=colour, markersize=8, markeredgecolor="white", zorder=4)
            # As the encoder has it: a patch that would stick out is moved to the edge.
            corner = np.round(points[index] + 0.5 - margin - patch_px / 2).clip(0, len(labels) - patch_px)
            _patch(above, corner + margin - 0.5, encoder, colour)
            _patch(below, corner - 0.5, encoder, colour)
    return page


def _patch(axes: Axes, corner: np.ndarray, encoder: HighDimLBP, colour: str) -> None:
    """The cells of a patch; its outline has a light rim because the label map has every colour."""
    side = encoder.cells * encoder.cell_px
    for edge, width in (("white", 4.0), (colour, 2.0)):
        axes.add_patch(Rectangle(tuple(corner), side, side, fill=False, edgecolor=edge, linewidth=width))
    inner = np.arange(1, encoder.cells) * encoder.cell_px
    axes.hlines(corner[1] + inner, corner[0], corner[0] + side, color=colour, linewidth=0.8)
    axes.vlines(corner[0] + inner, corner[1], corner[1] + side, color=colour, linewidth=0.8)


def build() -> Explainer:
    """Build the explainer; it has no settings."""
    return explain
