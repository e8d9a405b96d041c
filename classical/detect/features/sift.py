"""Dense SIFT: Lowe's 4 x 4 histograms of eight gradient directions, at the points of a fixed grid (Lowe 2004).

D. Lowe, "Distinctive Image Features from Scale-Invariant Keypoints", IJCV 60(2), 2004, section 6.1. Upright and of one
scale: within a window of a detector there is nothing to find or to turn.
"""

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numba import njit, prange

from eigen2arc.classical.descriptors.gradient import gradient, normalize_l2_hys
from eigen2arc.classical.image.crop_windows import check_windows
from eigen2arc.core.bounds import Ge, Le, Positive
from eigen2arc.core.errors import UserError

#: Lowe's numbers: histograms along each side, and orientations.
WIDTH, ORIENTATIONS = 4, 8


@dataclass
class DenseSIFT:
    """Dense SIFT of windows, D = points * points * 128 with as many points along each side as fit.

    size_px : side of the windows. bin_px : side of one of the 4 x 4 histograms. step_px : from one point to the next.
    """

    size_px: Annotated[int, Ge(1), Le(256)] = 24
    bin_px: Positive = 3.0
    step_px: Annotated[float, Ge(0.5)] = 6.0

    def __post_init__(self) -> None:
        if WIDTH * self.bin_px > self.size_px:
            most = self.size_px / WIDTH
            raise UserError(f"sift: expected bin_px up to {most:g}, a quarter of the window, got {self.bin_px:g}")

    def describe(self, windows: np.ndarray) -> np.ndarray:
        """Describe windows (N, S, S) uint8 grey, (N, D) float32 in 0..1: point by point, histogram by histogram."""
        windows = check_windows(windows, self.size_px)
        points = int((self.size_px - WIDTH * self.bin_px) // self.step_px) + 1
        # The grid stands in the middle of the window.
        line = (self.size_px - 1) / 2 + (np.arange(points) - (points - 1) / 2) * self.step_px
        centres = np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)
        vectors = describe_at(windows, centres, self.bin_px)
        return vectors.reshape(len(windows), points * points * vectors.shape[2])


def describe_at(windows: np.ndarray, centres: np.ndarray, bin_px: float) -> np.ndarray:
    """Describe each window (N, S, S) uint8 at ``centres`` (K, 2), row and column: (N, K, 128) float32."""
    out = np.empty((len(windows), len(centres), WIDTH * WIDTH * ORIENTATIONS), np.float32)
    _describe(windows, centres.astype(np.float64), bin_px, out)
    return out


@njit(cache=True, parallel=True)
def _describe(windows: np.ndarray, centres: np.ndarray, bin_px: float, out: np.ndarray) -> None:
    for n in prange(len(windows)):
        _describe_one(windows[n], centres, bin_px, out[n])


@njit(cache=True)
def _describe_one(window: np.ndarray, centres: np.ndarray, bin_px: float, out: np.ndarray) -> None:
    magnitude, angle_rad = np.empty(window.shape), np.empty(window.shape)
    gradient(window, magnitude, angle_rad)
    for k in range(len(centres)):
        histograms = np.zeros((WIDTH, WIDTH, ORIENTATIONS))
        _count(magnitude, angle_rad, centres[k, 0], centres[k, 1], bin_px, histograms)
        vector = histograms.ravel()
        normalize_l2_hys(vector)
        out[k] = vector


@njit(cache=True)
def _count(
    magnitude: np.ndarray, angle_rad: np.ndarray, centre_y: float, centre_x: float, bin_px: float, out: np.ndarray
) -> None:
    """Let each gradient near the centre vote in the eight nearest bins of ``out``, less the farther away it is."""
    reach = bin_px * (WIDTH + 1) / 2
    for y in range(max(math.ceil(centre_y - reach), 0), min(math.floor(centre_y + reach) + 1, len(magnitude))):
        for x in range(max(math.ceil(centre_x - reach), 0), min(math.floor(centre_x + reach) + 1, len(magnitude))):
            v, u = (y - centre_y) / bin_px, (x - centre_x) / bin_px
            # The Gaussian window's deviation is half the descriptor's width.
            vote = magnitude[y, x] * math.exp(-(v * v + u * u) / (WIDTH * WIDTH / 2))
            row, column = v + (WIDTH - 1) / 2, u + (WIDTH - 1) / 2
            bin_ = angle_rad[y, x] / (2 * math.pi) * ORIENTATIONS
            top, left, first = math.floor(row), math.floor(column), math.floor(bin_)
            for i in range(max(top, 0), min(top + 2, WIDTH)):
                for j in range(max(left, 0), min(left + 2, WIDTH)):
                    here = vote * (1 - abs(row - i)) * (1 - abs(column - j))
                    out[i, j, first % ORIENTATIONS] += here * (first + 1 - bin_)
                    out[i, j, (first + 1) % ORIENTATIONS] += here * (bin_ - first)


build = DenseSIFT
