"""Which local binary patterns a face has, region by region: a histogram in each cell of a grid.

T. Ahonen, A. Hadid, M. Pietikäinen, "Face Description with Local Binary Patterns: Application to Face Recognition",
PAMI 28(12), 2006, section 3.
"""

import numpy as np
from numba import njit, prange

from .lbp import local_binary_patterns

#: Images at a time: the labels of 64 crops fit into the cache.
BLOCK = 64


def lbp_cell_histograms(images: np.ndarray, neighbours: int, radius_px: float, *grids: int) -> np.ndarray:
    """(N, S, S) uint8 grey to (N, D) float32, 0..1, D = (sum of grid * grid) * (P (P - 1) + 3).

    One grid after the other, its cells row by row. Each cell's histogram sums to 1, so that cells of unequal size (by
    a row or column) weigh the same. Raises ValueError for a grid finer than the labels.
    """
    bins, cells = neighbours * (neighbours - 1) + 3, sum(grid**2 for grid in grids)
    histograms = np.empty((len(images), cells, bins), np.float32)
    for start in range(0, len(images), BLOCK):
        labels = local_binary_patterns(images[start : start + BLOCK], neighbours=neighbours, radius_px=radius_px)
        first = 0
        for grid in grids:
            part = histograms[start : start + len(labels), first : first + grid**2]
            _count(labels, _edges(labels.shape[1], grid), part)
            first += grid**2
    return histograms.reshape(len(images), cells * bins)


def _edges(side_px: int, grid: int) -> np.ndarray:
    """(grid + 1,) int64: pixel i lies in cell floor(i * grid / side), so cell k begins at ceil(k * side / grid)."""
    if grid > side_px:
        raise ValueError(f"crops: {grid} x {grid} regions do not fit into {side_px} x {side_px} labels")
    return -(-np.arange(grid + 1) * side_px // grid)


@njit(parallel=True, cache=True)
def _count(labels: np.ndarray, edges: np.ndarray, histograms: np.ndarray) -> None:
    """(N, S, S) labels and (G + 1,) edges: fills (N, G * G, bins)."""
    grid, bins = len(edges) - 1, histograms.shape[2]
    for n in prange(len(labels)):
        counts = np.empty(bins, np.int64)
        for cell in range(grid * grid):
            row, column = divmod(cell, grid)
            counts[:] = 0
            for y in range(edges[row], edges[row + 1]):
                for x in range(edges[column], edges[column + 1]):
                    counts[labels[n, y, x]] += 1
            histograms[n, cell] = counts / counts.sum()
