"""Histograms of oriented gradients: in which directions brightness changes, cell by cell (Dalal and Triggs 2005).

N. Dalal, B. Triggs, "Histograms of Oriented Gradients for Human Detection", CVPR 2005: gradient without smoothing
(section 6.2), unsigned orientations and votes shared between neighbouring bins (6.3), overlapping blocks, each
normalised by L2-Hys (6.4). Their Gaussian window over a block, worth one per cent there, is left out.
"""

import math

import numpy as np
from numba import njit, prange

from eigen2arc.classical.image.crop_windows import check_windows

from .gradient import gradient, normalize_l2_hys


class HOG:
    """Histograms of oriented gradients of square windows, as vectors of D numbers.

    D = blocks * blocks * block_cells**2 * orientations, with blocks = size_px / cell_px - block_cells + 1.
    """

    def __init__(self, size_px: int, cell_px: int, block_cells: int, orientations: int, interpolate: bool) -> None:
        self.size_px = size_px
        self.cell_px = cell_px
        self.block_cells = block_cells
        self.orientations = orientations
        self.interpolate = interpolate

    def describe(self, windows: np.ndarray) -> np.ndarray:
        """Describe (N, S, S) uint8 grey windows as (N, D) float32, 0..1: block by block, cell by cell, row by row."""
        windows = check_windows(windows, self.size_px)
        cells = self.size_px // self.cell_px
        blocks = cells - self.block_cells + 1
        out = np.empty((len(windows), blocks, blocks, self.block_cells**2 * self.orientations), np.float32)
        _describe(windows, cells, self.cell_px, self.orientations, self.interpolate, out)
        return out.reshape(len(out), blocks * blocks * out.shape[3])


@njit(cache=True, parallel=True)
def _describe(windows: np.ndarray, cells: int, cell_px: int, bins: int, interpolate: bool, out: np.ndarray) -> None:
    for n in prange(len(windows)):
        _normalise(_histograms(windows[n], cells, cell_px, bins, interpolate), out[n])


@njit(cache=True)
def _histograms(window: np.ndarray, cells: int, cell_px: int, bins: int, interpolate: bool) -> np.ndarray:
    """The mean magnitude of each orientation in each cell, (cells, cells, bins)."""
    magnitude, angle_rad = np.empty(window.shape), np.empty(window.shape)
    gradient(window, magnitude, angle_rad)
    histograms = np.zeros((cells, cells, bins))
    for y in range(cells * cell_px):
        for x in range(cells * cell_px):
            turn = angle_rad[y, x] / math.pi % 1.0  # unsigned: from dark to bright is as good as back
            if interpolate:
                row, column = (y + 0.5) / cell_px - 0.5, (x + 0.5) / cell_px - 0.5
                _vote(histograms, row, column, turn * bins - 0.5, magnitude[y, x])
            else:
                histograms[y // cell_px, x // cell_px, int(turn * bins)] += magnitude[y, x]
    return histograms / (cell_px * cell_px)


@njit(cache=True)
def _normalise(histograms: np.ndarray, blocks: np.ndarray) -> None:
    """Fill in blocks (B, B, cells * cells * bins): the cells under each, together of length 1."""
    block_cells = len(histograms) - len(blocks) + 1
    for row in range(len(blocks)):
        for column in range(len(blocks)):
            block = histograms[row : row + block_cells, column : column + block_cells].copy().ravel()
            normalize_l2_hys(block)
            blocks[row, column] = block


@njit(cache=True)
def _vote(histograms: np.ndarray, row: float, column: float, bin_: float, vote: float) -> None:
    """Share a vote among the two nearest cells each way and the two nearest orientations (which go round)."""
    cells, _, orientations = histograms.shape
    top, left, first = math.floor(row), math.floor(column), math.floor(bin_)
    for i in range(2):
        for j in range(2):
            if 0 <= top + i < cells and 0 <= left + j < cells:
                here = vote * (1 - abs(row - top - i)) * (1 - abs(column - left - j))
                histograms[top + i, left + j, first % orientations] += here * (first + 1 - bin_)
                histograms[top + i, left + j, (first + 1) % orientations] += here * (bin_ - first)
