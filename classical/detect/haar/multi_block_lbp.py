"""Multi-block local binary patterns: eight cells around a ninth, each brighter than it or not.

L. Zhang, R. Chu, S. Xiang, S. Liao, S. Z. Li, "Face Detection Based on Multi-Block LBP Representation", ICB 2007: a
3 x 3 grid of equal cells of any size at any place, 8,464 of them in 24 x 24 pixels (20 times fewer than Haar features).
A code is a name, not a number: a tree asks whether it is in a set, see cascade_parts.LbpFeatures.
"""

import numpy as np
from numba import njit, prange

from .window_integrals import BLOCK, WindowIntegrals

#: Where the cells around the middle lie in the grid, row and column, from the code's highest bit to its lowest.
AROUND = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))

#: Patterns that one thread takes at a time.
PATTERNS_AT_A_TIME = 64


def enumerate_patterns(width_px: int, height_px: int) -> np.ndarray:
    """Every place and size in a window: (F, 4) int64 x y width height of the upper left cell; x runs fastest."""
    grids = [
        np.stack(np.meshgrid(np.arange(width_px - 3 * w + 1), np.arange(height_px - 3 * h + 1), w, h), axis=-1)
        for h in range(1, height_px // 3 + 1)
        for w in range(1, width_px // 3 + 1)
    ]
    return np.concatenate([np.zeros((0, 4), np.int64)] + [grid.reshape(-1, 4) for grid in grids])


def lbp_codes(windows: np.ndarray | WindowIntegrals, cells: np.ndarray) -> np.ndarray:
    """The codes of patterns (F, 4), see enumerate_patterns, in windows: (F, N) uint8.

    windows : (N, h, w) uint8, or their WindowIntegrals. A bit is set where a cell's sum is at least the middle's.
    Raises ValueError for a pattern that reaches out of the window.
    """
    integrals = windows if isinstance(windows, WindowIntegrals) else WindowIntegrals.of(windows)
    n, height, width = integrals.windows.shape
    x, y = (cells[:, axis, None] + cells[:, axis + 2, None] * np.arange(4) for axis in (0, 1))
    if min(x.min(initial=0), y.min(initial=0)) < 0 or (x > width).any() or (y > height).any():
        raise ValueError(f"cells: some patterns reach out of the window of {width} x {height} pixels")
    corners = (y[:, :, None] * (width + 1) + x[:, None, :]).astype(np.uint32)
    codes = np.empty((len(cells), n), np.uint8)
    _fill(integrals.sums, corners, codes)
    return codes


@njit(cache=True)
def _cell(sums: np.ndarray, corners: np.ndarray, row: int, column: int, values: np.ndarray) -> None:
    """The sums (BLOCK,) over one cell of the grid whose corners are (4, 4) rows of ``sums``."""
    a, b = sums[corners[row, column]], sums[corners[row, column + 1]]
    c, d = sums[corners[row + 1, column]], sums[corners[row + 1, column + 1]]
    for i in range(BLOCK):
        values[i] = a[i] - b[i] - c[i] + d[i]


@njit(cache=True, parallel=True)
def _fill(sums: np.ndarray, corners: np.ndarray, codes: np.ndarray) -> None:
    for part in prange(-(-len(codes) // PATTERNS_AT_A_TIME)):
        middle, cell = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32)
        first = part * PATTERNS_AT_A_TIME
        for block in range(len(sums)):
            for pattern in range(first, min(first + PATTERNS_AT_A_TIME, len(codes))):
                row = codes[pattern, block * BLOCK : (block + 1) * BLOCK]
                row[:] = 0
                _cell(sums[block], corners[pattern], 1, 1, middle)
                for y, x in AROUND:
                    _cell(sums[block], corners[pattern], y, x, cell)
                    for i in range(len(row)):
                        row[i] = row[i] << 1 | (cell[i] >= middle[i])
