"""What histograms of oriented gradients see: in every cell, a star of lines along the edges in it."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from eigen2arc.classical.encode.encoders.hog_grid import HOGGrid
from eigen2arc.compare.explain.explainer import Explainer, People
from eigen2arc.compare.explain.figure import headline, show
from eigen2arc.core import plugins
from eigen2arc.core.image import to_grey


def explain(encoder: HOGGrid, crop: np.ndarray, people: People | None) -> Figure:
    """Draw every cell size of a HOGGrid on a crop (S, S, 3) uint8."""
    grey = to_grey(crop)
    sizes = encoder.sizes_px
    page = Figure(figsize=(3.6 * (2 + len(sizes)), 4.3), layout="constrained")
    headline(
        page,
        "HOG: in which directions brightness changes, cell by cell",
        f"A line runs along an edge, and is the brighter the more gradient of that direction its cell has; there are "
        f"{encoder.orientations} directions. Blocks of {encoder.block_cells} x {encoder.block_cells} cells are brought "
        "to one length, so that weak edges count where there are no strong ones.",
    )
    face, gradient, *stars = page.subplots(1, 2 + len(sizes))
    show(face, grey, "the crop")
    down, across = np.gradient(grey.astype(float))
    show(gradient, np.hypot(down, across), "strength of the gradient")
    for axes, cell_px in zip(stars, sizes, strict=True):
        hog = plugins.build(
            "feature",
            "hog",
            size_px=len(grey),
            cell_px=cell_px,
            block_cells=encoder.block_cells,
            orientations=encoder.orientations,
        )
        histograms = cell_histograms(hog.describe(grey[None])[0], encoder.block_cells, encoder.orientations)
        show(axes, np.zeros_like(grey), f"cells of {cell_px} px")
        _stars(axes, histograms, cell_px)
    return page


def cell_histograms(blocks: np.ndarray, block_cells: int, orientations: int) -> np.ndarray:
    """Average HOG blocks (D,) over those that hold a cell: (cells, cells, orientations)."""
    side = round((len(blocks) / (block_cells**2 * orientations)) ** 0.5)
    blocks = blocks.reshape(side, side, block_cells, block_cells, orientations)
    cells = side + block_cells - 1
    total, count = np.zeros((cells, cells, orientations)), np.zeros((cells, cells, 1))
    for row in range(block_cells):
        for column in range(block_cells):
            total[row : row + side, column : column + side] += blocks[:, :, row, column]
            count[row : row + side, column : column + side] += 1
    return total / count


def _stars(axes: Axes, histograms: np.ndarray, cell_px: int) -> None:
    cells, _, bins = histograms.shape
    angle = (np.arange(bins) + 0.5) * np.pi / bins + np.pi / 2  # along the edge, across the gradient
    arm = 0.47 * cell_px * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    middle = (np.arange(cells) + 0.5) * cell_px - 0.5
    centres = np.stack(np.meshgrid(middle, middle), axis=-1)[:, :, None]
    lines = np.stack([centres - arm, centres + arm], axis=3).reshape(-1, 2, 2)
    strength = (histograms / max(histograms.max(), 1e-9)).ravel()
    order = np.argsort(strength)  # the strong ones on top
    colours = np.repeat(strength[order, None] ** 0.7, 4, axis=1)
    colours[:, 3] = 1
    axes.add_collection(LineCollection(list(lines[order]), colors=colours, linewidths=0.11 * cell_px + 0.3))


def build() -> Explainer:
    """Build the explainer; it has no settings."""
    return explain
