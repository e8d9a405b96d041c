"""Histograms of local binary patterns in the cells of a grid, for pictures of real numbers and any table of labels."""

import math

import numpy as np

from .lbp import _label, circle, uniform_labels
from .lbp_histograms import count_labels, grid_cells


def label_table(neighbours: int, bins: int) -> np.ndarray:
    """The label (2**P,) uint8 of each pattern whose bit p is neighbour p.

    bins : into how many ranges of one width the numbers of the patterns are put; 0 for uniform_labels.
    """
    return (np.arange(2**neighbours) * bins // 2**neighbours).astype(np.uint8) if bins else uniform_labels(neighbours)


def pattern_histograms(pictures: np.ndarray, neighbours: int, radius_px: float, bins: int, grid: int) -> np.ndarray:
    """(N, S, S) float32 to (N, grid * grid, labels) float32, 0..1, cells row by row, each of sum 1."""
    margin = math.ceil(radius_px)
    side_px = pictures.shape[1] - 2 * margin
    cells = grid_cells(side_px, grid)
    labels = np.empty((len(pictures), side_px, side_px), np.uint8)
    _label(pictures, circle(neighbours, radius_px), label_table(neighbours, bins), margin, labels)
    histograms = np.empty((len(pictures), grid * grid, bins or neighbours * (neighbours - 1) + 3), np.float32)
    count_labels(labels, cells, 0, histograms)
    return histograms
