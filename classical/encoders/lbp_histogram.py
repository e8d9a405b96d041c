"""LBP histograms: which local patterns a face has, region by region (Ahonen et al. 2006).

T. Ahonen, A. Hadid, M. Pietikäinen, "Face Description with Local Binary Patterns: Application to Face Recognition",
PAMI 28(12), 2006: LBP^{u2}_{8,2} labels, a histogram in each of 7 x 7 regions, all weighted alike, compared by
chi-square. Nothing is learned.
"""

import numpy as np

from eigen2arc.classical.lbp import local_binary_patterns
from eigen2arc.classical.linear_projection import grey
from eigen2arc.core.errors import UserError

#: Crops at a time: the labels and their bins of 64 crops fit into a few megabytes.
BLOCK = 64


class LBPHistogram:
    """Each region's histogram sums to 1, so that regions of unequal size (by a row or column) weigh the same."""

    matcher = "chi_square"

    def __init__(self, neighbours: int, radius_px: float, grid: int) -> None:
        self.neighbours = neighbours
        self.radius_px = radius_px
        self.grid = grid

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """(N, S, S, 3) uint8 crops to (N, grid * grid * (P (P - 1) + 3)) float32, 0..1, regions row by row."""
        images = grey(crops)
        bins, regions = self.neighbours * (self.neighbours - 1) + 3, self.grid**2
        histograms = np.empty((len(images), regions * bins), np.float32)
        for start in range(0, len(images), BLOCK):
            block = images[start : start + BLOCK]
            labels = local_binary_patterns(block, neighbours=self.neighbours, radius_px=self.radius_px)
            region = self._regions(labels.shape[1])
            cell = (np.arange(len(block))[:, None, None] * regions + region) * bins + labels
            counts = np.bincount(cell.ravel(), minlength=len(block) * regions * bins).reshape(-1, regions, bins)
            share = counts / counts.sum(axis=2, keepdims=True)
            histograms[start : start + len(block)] = share.reshape(len(block), -1)
        return histograms

    def _regions(self, side_px: int) -> np.ndarray:
        """(side, side) int64: the number of the region in which each pixel lies."""
        if self.grid > side_px:
            raise ValueError(f"crops: {self.grid} x {self.grid} regions do not fit into {side_px} x {side_px} labels")
        line = np.arange(side_px) * self.grid // side_px
        return line[:, None] * self.grid + line


def build(*, neighbours: int = 8, radius_px: float = 2.0, grid: int = 7) -> LBPHistogram:
    """neighbours, radius_px : P and R of the patterns. grid : regions along each side of the crop."""
    if not 2 <= neighbours <= 16 or not radius_px > 0 or grid < 1:
        raise UserError(
            "lbp_histogram: expected 2 to 16 neighbours, radius_px above 0 and grid of at least 1, "
            f"got {neighbours}, {radius_px} and {grid}"
        )
    return LBPHistogram(neighbours, radius_px, grid)
