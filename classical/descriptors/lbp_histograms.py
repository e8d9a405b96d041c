"""Which local binary patterns a face has, region by region: a histogram in each cell.

T. Ahonen, A. Hadid, M. Pietikäinen, "Face Description with Local Binary Patterns: Application to Face Recognition",
PAMI 28(12), 2006, section 3.
"""

import numpy as np
from numba import njit, prange

from .lbp import local_binary_patterns

#: Images at a time: the labels of 64 crops fit into the cache.
BLOCK = 64


def lbp_cell_histograms(images: np.ndarray, neighbours: int, radius_px: float, *grids: int) -> np.ndarray:
    """Count the patterns of (N, S, S) uint8 grey images cell by cell: (N, D) float32, 0..1.

    D = (sum of grid * grid) * (P (P - 1) + 3). One grid after the other, its cells row by row. Each cell's histogram
    sums to 1, so that cells of unequal size (by a row or column) weigh the same. Raises ValueError for a grid finer
    than the labels.
    """
    bins, regions = neighbours * (neighbours - 1) + 3, sum(grid**2 for grid in grids)
    histograms = np.empty((len(images), regions, bins), np.float32)
    for start in range(0, len(images), BLOCK):
        labels = local_binary_patterns(images[start : start + BLOCK], neighbours=neighbours, radius_px=radius_px)
        cells = np.concatenate([grid_cells(labels.shape[1], grid) for grid in grids])
        count_labels(labels, cells, 0, histograms[start : start + len(labels)])
    return histograms.reshape(len(images), regions * bins)


def grid_cells(side_px: int, grid: int) -> np.ndarray:
    """Lay out the cells (grid * grid, 4) int64 of a grid, row by row.

    Pixel i of a line lies in cell floor(i * grid / side) of it, so cell k begins at ceil(k * side / grid). Cells are
    given as first row, row after the last, and so the columns. Raises ValueError for more cells than pixels.
    """
    if grid > side_px:
        raise ValueError(f"crops: {grid} x {grid} regions do not fit into {side_px} x {side_px} labels")
    edges = -(-np.arange(grid + 1) * side_px // grid)
    line = np.stack([edges[:-1], edges[1:]], axis=1)
    return np.concatenate([line.repeat(grid, axis=0), np.tile(line, (grid, 1))], axis=1)


@njit(parallel=True, cache=True)
def count_labels(labels: np.ndarray, cells: np.ndarray, first: int, histograms: np.ndarray) -> None:
    """Put the histogram of each of the ``cells`` (C, 4) of labels (N, H, W) into histograms[:, first : first + C].

    histograms : (N, >= first + C, bins) float32; each histogram sums to 1.
    """
    for n in prange(len(labels)):
        counts = np.empty(histograms.shape[2], np.int64)
        for cell in range(len(cells)):
            top, bottom, left, right = cells[cell]
            counts[:] = 0
            for y in range(top, bottom):
                for x in range(left, right):
                    counts[labels[n, y, x]] += 1
            histograms[n, first + cell] = counts / ((bottom - top) * (right - left))
