"""Histograms of local binary patterns, region by region, for pictures of real numbers such as Gabor moduli.

As classical/lbp.py and classical/lbp_cells.py have them for grey images, but with any table of labels, and row by row
of pixels, since a face has forty such pictures.
"""

import math

import numpy as np
from numba import njit, prange

from .lbp import circle, uniform_labels


def label_table(neighbours: int, bins: int) -> np.ndarray:
    """The label (2**P,) int64 of each pattern whose bit p is neighbour p.

    bins : how many ranges of equal width the numbers of the patterns are put into; 0 for one label to each uniform
    pattern and one to all the others.
    """
    return np.arange(2**neighbours) * bins // 2**neighbours if bins else uniform_labels(neighbours).astype(np.int64)


def pattern_histograms(pictures: np.ndarray, neighbours: int, radius_px: float, bins: int, grid: int) -> np.ndarray:
    """(N, H, W) float32 to (N, grid * grid, labels) float32, 0..1, regions row by row, each of sum 1.

    Patterns, interpolation and margin are those of classical/lbp.py, labels those of label_table. Raises ValueError
    for a grid finer than the pixels that have a label.
    """
    margin, table = math.ceil(radius_px), label_table(neighbours, bins)
    height, width = pictures.shape[1] - 2 * margin, pictures.shape[2] - 2 * margin
    if grid > min(height, width):
        raise ValueError(f"pictures: {grid} x {grid} regions do not fit into {width} x {height} labels")
    out = np.zeros((len(pictures), grid * grid, int(table.max()) + 1), np.float32)
    _count(np.ascontiguousarray(pictures), margin, *_corners(circle(neighbours, radius_px)), table, grid, out)
    return out


def _corners(offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The four pixels around each neighbour, (P, 4, 2) int64 row and column from the centre, and their weights (P, 4)
    float32 in bilinear interpolation."""
    low, high = np.floor(offsets).astype(np.int64), np.ceil(offsets).astype(np.int64)
    dy, dx = (offsets - low).T
    rows, columns = (np.stack([low[:, i], high[:, i]]) for i in (0, 1))
    pixels = np.stack([rows[[0, 0, 1, 1]], columns[[0, 1, 0, 1]]], axis=-1).swapaxes(0, 1)
    weights = np.stack([(1 - dy) * (1 - dx), (1 - dy) * dx, dy * (1 - dx), dy * dx], axis=1)
    return np.ascontiguousarray(pixels), weights.astype(np.float32)


@njit(parallel=True, cache=True)
def _count(
    pictures: np.ndarray,
    margin: int,
    pixels: np.ndarray,
    weights: np.ndarray,
    table: np.ndarray,
    grid: int,
    out: np.ndarray,
) -> None:
    height, width = pictures.shape[1] - 2 * margin, pictures.shape[2] - 2 * margin
    for n in prange(len(pictures)):
        patterns = np.empty(width, np.int32)
        for y in range(height):
            _row(pictures[n], margin, y + margin, pixels, weights, patterns)
            for x in range(width):
                out[n, (y * grid // height) * grid + x * grid // width, table[patterns[x]]] += 1
        for region in range(grid * grid):
            out[n, region] /= out[n, region].sum()


@njit(cache=True)
def _row(
    picture: np.ndarray, margin: int, y: int, pixels: np.ndarray, weights: np.ndarray, patterns: np.ndarray
) -> None:
    """The pattern of each pixel of row ``y`` that is at least ``margin`` from both ends, a whole row at a time."""
    width = len(patterns)
    centre = picture[y, margin : margin + width]
    patterns[:] = 0
    for p in range(len(pixels)):
        a, b, c, d = weights[p]
        topleft = picture[y + pixels[p, 0, 0], margin + pixels[p, 0, 1] :][:width]
        topright = picture[y + pixels[p, 1, 0], margin + pixels[p, 1, 1] :][:width]
        lowleft = picture[y + pixels[p, 2, 0], margin + pixels[p, 2, 1] :][:width]
        lowright = picture[y + pixels[p, 3, 0], margin + pixels[p, 3, 1] :][:width]
        for x in range(width):
            value = a * topleft[x] + b * topright[x] + c * lowleft[x] + d * lowright[x]
            patterns[x] |= np.int32(value >= centre[x]) << np.int32(p)
