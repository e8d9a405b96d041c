"""Which local binary patterns a face has, region by region: a histogram in each cell of a grid.

T. Ahonen, A. Hadid, M. Pietikäinen, "Face Description with Local Binary Patterns: Application to Face Recognition",
PAMI 28(12), 2006, section 3.
"""

import numpy as np

from .lbp import local_binary_patterns

#: Images at a time: the labels and their bins of 64 crops fit into a few megabytes.
BLOCK = 64


def lbp_cell_histograms(images: np.ndarray, neighbours: int, radius_px: float, grid: int) -> np.ndarray:
    """(N, S, S) uint8 grey to (N, grid * grid * (P (P - 1) + 3)) float32, 0..1, cells row by row.

    Each cell's histogram sums to 1, so that cells of unequal size (by a row or column) weigh the same. Raises
    ValueError for a grid finer than the labels.
    """
    bins, cells = neighbours * (neighbours - 1) + 3, grid**2
    histograms = np.empty((len(images), cells * bins), np.float32)
    for start in range(0, len(images), BLOCK):
        block = images[start : start + BLOCK]
        labels = local_binary_patterns(block, neighbours=neighbours, radius_px=radius_px)
        place = (np.arange(len(block))[:, None, None] * cells + _cells(labels.shape[1], grid)) * bins + labels
        counts = np.bincount(place.ravel(), minlength=len(block) * cells * bins).reshape(-1, cells, bins)
        share = counts / counts.sum(axis=2, keepdims=True)
        histograms[start : start + len(block)] = share.reshape(len(block), -1)
    return histograms


def _cells(side_px: int, grid: int) -> np.ndarray:
    """(side, side) int64: the number of the cell in which each pixel lies."""
    if grid > side_px:
        raise ValueError(f"crops: {grid} x {grid} regions do not fit into {side_px} x {side_px} labels")
    line = np.arange(side_px) * grid // side_px
    return line[:, None] * grid + line
