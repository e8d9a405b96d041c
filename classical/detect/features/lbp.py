"""Uniform local binary patterns, one histogram in each cell of a window (Ahonen et al. 2006).

T. Ahonen, A. Hadid, M. Pietikäinen, "Face Description with Local Binary Patterns: Application to Face Recognition",
PAMI 28(12), 2006. Square roots are taken, so that the inner product that classifiers take is the Bhattacharyya
coefficient of the histograms, and the Euclidean distance that of Hellinger.
"""

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from eigen2arc.classical.descriptors.lbp_histograms import lbp_cell_histograms
from eigen2arc.classical.image.crop_windows import check_windows
from eigen2arc.core.bounds import Count, Ge, Le, Positive
from eigen2arc.core.errors import UserError


@dataclass
class LBP:
    """Cell histograms of uniform patterns in windows, D = grid * grid * (P (P - 1) + 3).

    size_px : side of the windows. neighbours : P of the patterns. radius_px : R of their circle. grid : cells a side.
    """

    size_px: Annotated[int, Ge(1), Le(256)] = 24
    neighbours: Annotated[int, Ge(2), Le(16)] = 8
    radius_px: Positive = 1.0
    grid: Count = 4

    def __post_init__(self) -> None:
        if self.grid > self.size_px - 2 * np.ceil(self.radius_px):
            raise UserError(
                f"lbp: expected a circle and cells that fit into {self.size_px} px, "
                f"got {self.radius_px:g} px and {self.grid} cells a side"
            )

    def describe(self, windows: np.ndarray) -> np.ndarray:
        """Describe windows (N, S, S) uint8 grey, (N, D) float32 in 0..1; in each cell, squares sum to 1."""
        windows = check_windows(windows, self.size_px)
        histograms = lbp_cell_histograms(windows, self.neighbours, self.radius_px, self.grid)
        return np.sqrt(histograms, out=histograms)


build = LBP
