"""Uniform local binary patterns, one histogram in each cell of a window (Ahonen et al. 2006).

T. Ahonen, A. Hadid, M. Pietikäinen, "Face Description with Local Binary Patterns: Application to Face Recognition",
PAMI 28(12), 2006. Square roots are taken, so that the inner product that classifiers take is the Bhattacharyya
coefficient of the histograms, and the Euclidean distance that of Hellinger.
"""

import numpy as np

from eigen2arc.classical.descriptors.lbp_histograms import lbp_cell_histograms
from eigen2arc.classical.image.crop_windows import check_windows
from eigen2arc.core.errors import UserError


class LBP:
    """Cell histograms of uniform patterns in windows, D = grid * grid * (P (P - 1) + 3)."""

    def __init__(self, size_px: int, neighbours: int, radius_px: float, grid: int) -> None:
        self.size_px = size_px
        self.neighbours = neighbours
        self.radius_px = radius_px
        self.grid = grid

    def describe(self, windows: np.ndarray) -> np.ndarray:
        """Describe windows (N, S, S) uint8 grey, (N, D) float32 in 0..1; in each cell, squares sum to 1."""
        windows = check_windows(windows, self.size_px)
        histograms = lbp_cell_histograms(windows, self.neighbours, self.radius_px, self.grid)
        return np.sqrt(histograms, out=histograms)


def build(*, size_px: int = 24, neighbours: int = 8, radius_px: float = 1.0, grid: int = 4) -> LBP:
    """Build the LBP feature. size_px : side of the windows. neighbours, radius_px : P and R. grid : cells a side.

    Raises UserError for what does not fit into a window.
    """
    fits = radius_px > 0 and 1 <= grid <= size_px - 2 * np.ceil(radius_px)
    if not fits or not 2 <= neighbours <= 16:
        raise UserError(
            f"lbp: expected 2 to 16 neighbours on a circle, and cells, that fit into {size_px} px, "
            f"got {neighbours} on {radius_px:g} px and {grid} x {grid} cells"
        )
    return LBP(size_px, neighbours, radius_px, grid)
