"""LGBPHS: which local binary patterns each Gabor magnitude image of a face has, region by region (Zhang et al. 2005).

W. Zhang, S. Shan, W. Gao, X. Chen, H. Zhang, "Local Gabor Binary Pattern Histogram Sequence (LGBPHS): A Novel
Non-Statistical Model for Face Representation and Recognition", ICCV 2005. Nothing is learned.
"""

import math
from typing import Annotated

import numpy as np

from eigen2arc.classical.descriptors.gabor_bank import gabor_bank
from eigen2arc.classical.descriptors.lbp import circle, label_patterns, uniform_labels
from eigen2arc.classical.descriptors.lbp_histograms import count_labels, grid_cells
from eigen2arc.classical.estimators.base import FixedEncoder
from eigen2arc.classical.linear.projection import grey
from eigen2arc.core.bounds import Count, Ge, Le, Positive
from eigen2arc.core.errors import UserError

#: Crops at a time: the moduli of one are 40 images.
BLOCK = 8


class LGBPHS(FixedEncoder):
    """The encoder of local Gabor binary pattern histograms.

    Each region's histogram sums to 1.
    """

    matcher = "chi_square"

    def __init__(
        self,
        scales: int,
        directions: int,
        sigma_rad: float,
        step_px: int,
        neighbours: int,
        radius_px: float,
        bins: int,
        grid: int,
    ) -> None:
        self.scales = scales
        self.directions = directions
        self.sigma_rad = sigma_rad
        self.step_px = step_px
        self.neighbours = neighbours
        self.radius_px = radius_px
        self.bins = bins
        self.grid = grid

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Encode (N, S, S, 3) uint8 crops as (N, scales * directions * grid * grid * labels) float32, 0..1.

        Kernel by kernel, in it region by region, row by row. Raises ValueError for crops too small for the grid.
        """
        images = grey(crops)
        pixels = tuple(range(0, images.shape[1], self.step_px))
        bank = gabor_bank(images.shape[1], pixels, pixels, self.scales, self.directions, self.sigma_rad)
        blocks = [self._histograms(bank.moduli(images[i : i + BLOCK])) for i in range(0, max(len(images), 1), BLOCK)]
        return np.concatenate(blocks)

    def _histograms(self, moduli: np.ndarray) -> np.ndarray:
        images = moduli.reshape(-1, *moduli.shape[3:])
        histograms = _pattern_histograms(images, self.neighbours, self.radius_px, self.bins, self.grid)
        return histograms.reshape(len(moduli), np.prod(moduli.shape[1:3]) * histograms.shape[1] * histograms.shape[2])


def _label_table(neighbours: int, bins: int) -> np.ndarray:
    """Compute the label (2**P,) uint8 of each pattern whose bit p is neighbour p.

    bins : into how many ranges of one width the numbers of the patterns are put; 0 for uniform_labels.
    """
    return (np.arange(2**neighbours) * bins // 2**neighbours).astype(np.uint8) if bins else uniform_labels(neighbours)


def _pattern_histograms(images: np.ndarray, neighbours: int, radius_px: float, bins: int, grid: int) -> np.ndarray:
    """Count patterns of (N, S, S) float32: (N, grid * grid, labels) float32, 0..1, cells row by row, each of sum 1."""
    margin = math.ceil(radius_px)
    side_px = images.shape[1] - 2 * margin
    cells = grid_cells(side_px, grid)
    labels = np.empty((len(images), side_px, side_px), np.uint8)
    label_patterns(images, circle(neighbours, radius_px), _label_table(neighbours, bins), margin, labels)
    histograms = np.empty((len(images), grid * grid, bins or neighbours * (neighbours - 1) + 3), np.float32)
    count_labels(labels, cells, 0, histograms)
    return histograms


def build(
    *,
    scales: Annotated[int, Ge(1), Le(16)] = 5,
    directions: Annotated[int, Ge(1), Le(16)] = 8,
    sigma_rad: Annotated[float, Ge(0.5), Le(20)] = 2 * np.pi,
    step_px: Count = 2,
    neighbours: Annotated[int, Ge(2), Le(16)] = 8,
    radius_px: Positive = 1.0,
    bins: Annotated[int, Ge(0), Le(256)] = 16,
    grid: Annotated[int, Ge(1), Le(64)] = 8,
) -> LGBPHS:
    """Build the encoder of LGBPHS.

    scales, directions : of the kernels, see classical/descriptors/gabor_kernel.py. sigma_rad : width of their Gaussian.
    step_px : the Gabor images are made of every so manieth pixel. neighbours : P of the patterns. radius_px : R of
    their circle, in pixels of those images. bins : of a histogram, into which the 2^P patterns are put in ranges as in
    the paper; 0 for one bin to each uniform pattern. grid : regions along each side. Raises UserError for more bins
    than patterns.
    """
    if bins > 2**neighbours:
        raise UserError(f"lgbphs: expected no more bins than there are patterns, {2**neighbours}, got {bins}")
    return LGBPHS(scales, directions, sigma_rad, step_px, neighbours, radius_px, bins, grid)
