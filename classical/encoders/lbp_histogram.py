"""LBP histograms: which local patterns a face has, region by region (Ahonen et al. 2006).

T. Ahonen, A. Hadid, M. Pietikäinen, "Face Description with Local Binary Patterns: Application to Face Recognition",
PAMI 28(12), 2006: LBP^{u2}_{8,2} labels, a histogram in each of 7 x 7 regions, all weighted alike, compared by
chi-square. Nothing is learned.
"""

import numpy as np

from eigen2arc.classical.lbp_cells import lbp_cell_histograms
from eigen2arc.classical.linear_projection import grey
from eigen2arc.core.errors import UserError


class LBPHistogram:
    """Each region's histogram sums to 1, so that regions of unequal size (by a row or column) weigh the same."""

    matcher = "chi_square"

    def __init__(self, neighbours: int, radius_px: float, grid: int) -> None:
        self.neighbours = neighbours
        self.radius_px = radius_px
        self.grid = grid

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """(N, S, S, 3) uint8 crops to (N, grid * grid * (P (P - 1) + 3)) float32, 0..1, regions row by row."""
        return lbp_cell_histograms(grey(crops), self.neighbours, self.radius_px, self.grid)


def build(*, neighbours: int = 8, radius_px: float = 2.0, grid: int = 7) -> LBPHistogram:
    """neighbours, radius_px : P and R of the patterns. grid : regions along each side of the crop."""
    if not 2 <= neighbours <= 16 or not radius_px > 0 or grid < 1:
        raise UserError(
            "lbp_histogram: expected 2 to 16 neighbours, radius_px above 0 and grid of at least 1, "
            f"got {neighbours}, {radius_px} and {grid}"
        )
    return LBPHistogram(neighbours, radius_px, grid)
