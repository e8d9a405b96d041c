"""Gabor magnitudes: how strong stripes of each width and direction are, cell by cell (Wiskott et al. 1997).

A bank of 5 scales and 8 directions, see classical/descriptors/gabor_kernel.py; the modulus of the complex response,
which does not care where exactly a stripe lies, is averaged over the cells of a grid.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

import numpy as np
from numba import njit, prange

from eigen2arc.classical.descriptors.gabor_bank import folded
from eigen2arc.classical.descriptors.gabor_kernel import GaborKernel, gabor_kernels
from eigen2arc.classical.image.crop_windows import check_windows
from eigen2arc.core.bounds import Count, Ge, Le, Positive
from eigen2arc.core.errors import UserError

#: Responses are taken at every second pixel: the modulus is a smooth envelope, at least a wave of 4 pixels wide.
STEP_PX = 2

#: Scales, and directions: more of them take memory and tell nothing new.
MOST = 32

#: Windows flatter than this (standard deviation in grey levels) are not amplified any further: they hold noise.
MIN_DEVIATION = 4.0


@dataclass
class Gabor:
    """Gabor magnitudes, D = scales * directions * grid * grid. A window is brought to mean 0 and variance 1 first.

    size_px : side of the windows. scales, directions : of the kernels. grid : cells a side. sigma_rad : width of the
    kernels' Gaussian, see classical/descriptors/gabor_kernel.py. The paper's 2 pi is for whole images of 128 px; half
    of it keeps the kernels of the middle scales within a window.
    """

    size_px: Annotated[int, Ge(1), Le(256)] = 24
    scales: Annotated[int, Ge(1), Le(MOST)] = 5
    directions: Annotated[int, Ge(1), Le(MOST)] = 8
    grid: Count = 4
    sigma_rad: Positive = np.pi

    def __post_init__(self) -> None:
        points = -(-self.size_px // STEP_PX)
        if self.grid > points:
            raise UserError(
                f"gabor: expected a grid of up to {points} cells a side in {self.size_px} px, got {self.grid}"
            )

    def describe(self, windows: np.ndarray) -> np.ndarray:
        """Describe windows (N, S, S) uint8 grey, (N, D) float32 from 0 up: kernel by kernel, cell by cell."""
        windows = check_windows(windows, self.size_px)
        out = np.empty((len(windows), len(self._kernels), self.grid, self.grid), np.float32)
        across, down, bell = self._lines
        offsets, gains = (np.array(part) for part in zip(*((k.offset, k.gain) for k in self._kernels), strict=True))
        _describe(windows, across, down, bell, offsets, gains, out)
        return out.reshape(len(out), len(self._kernels) * self.grid**2)

    @cached_property
    def _kernels(self) -> list[GaborKernel]:
        return gabor_kernels(self.scales, self.directions, self.sigma_rad, 2 * self.size_px)

    @cached_property
    def _lines(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(kernels, S, points) complex128 of wave_x, the same of wave_y, and float64 of bell."""
        waves_x, waves_y, bells = zip(*((k.wave_x, k.wave_y, k.bell) for k in self._kernels), strict=True)
        return self._folded(waves_x), self._folded(waves_y), self._folded(bells)

    def _folded(self, lines: Iterable[np.ndarray]) -> np.ndarray:
        return np.stack([folded(line, self.size_px, range(0, self.size_px, STEP_PX)) for line in lines])


@njit(cache=True, parallel=True)
def _describe(
    windows: np.ndarray,
    across: np.ndarray,
    down: np.ndarray,
    bell: np.ndarray,
    offsets: np.ndarray,
    gains: np.ndarray,
    out: np.ndarray,
) -> None:
    for n in prange(len(windows)):
        _describe_one(windows[n], across, down, bell, offsets, gains, out[n])


@njit(cache=True)
def _describe_one(
    window: np.ndarray,
    across: np.ndarray,
    down: np.ndarray,
    bell: np.ndarray,
    offsets: np.ndarray,
    gains: np.ndarray,
    out: np.ndarray,
) -> None:
    image = (window - window.mean()) / max(window.std(), MIN_DEVIATION)
    constant = _both_ways(image, bell[0], bell[0])
    for kernel in range(len(gains)):
        if kernel > 0 and gains[kernel] != gains[kernel - 1]:  # the next scale; directions share the bell
            constant = _both_ways(image, bell[kernel], bell[kernel])
        response = _both_ways(image, across[kernel], down[kernel])
        _pool(gains[kernel] * np.abs(response - offsets[kernel] * constant), out[kernel])


@njit(cache=True)
def _both_ways(image: np.ndarray, across: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Compute down^T image across, (points, points): a separable filter, first along the rows, then the columns."""
    size_px, points = across.shape
    rows = np.zeros((size_px, points), across.dtype)
    for y in range(size_px):
        for x in range(size_px):
            for point in range(points):
                rows[y, point] += image[y, x] * across[x, point]
    out = np.zeros((points, points), across.dtype)
    for y in range(size_px):
        for row in range(points):
            for point in range(points):
                out[row, point] += down[y, row] * rows[y, point]
    return out


@njit(cache=True)
def _pool(modulus: np.ndarray, means: np.ndarray) -> None:
    """Average over each cell of a grid, into ``means`` (G, G)."""
    grid = len(means)
    edges = np.arange(grid + 1) * len(modulus) // grid
    for row in range(grid):
        for column in range(grid):
            means[row, column] = modulus[edges[row] : edges[row + 1], edges[column] : edges[column + 1]].mean()


build = Gabor
