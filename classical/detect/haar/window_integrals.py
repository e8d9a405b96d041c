"""Integral images of many windows, turned so that one corner of all windows is one row.

A trainer asks for one feature of every window at a time: the same few corners everywhere. Next to one another in
memory, those are plain loops over neighbouring numbers. Windows are kept in blocks that fit into a processor's cache.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from eigen2arc.core.checks import check_shape

#: Windows that vary less than this (standard deviation in grey levels) cannot be told from noise and are passed over.
MIN_DEVIATION = 10.0

#: Windows a block: the integral images of 24 x 24 pixels are 640 KB then, less than a core's second cache.
BLOCK = 256


@dataclass(frozen=True)
class WindowIntegrals:
    """The integral images of windows. windows : (N, h, w) uint8 grey, sides of 3 to 256 pixels.

    sums : (ceil(N / BLOCK), (h + 1) * (w + 1), BLOCK) int32; of one block, row y * (w + 1) + x holds the integral
    images' values ii(x, y), see integral_image. normalizers : (N,) float32, see normalizers_of.
    Takes 4 (h + 1) (w + 1) bytes a window, and as many again once something tilted is asked for.
    """

    windows: np.ndarray
    sums: np.ndarray
    normalizers: np.ndarray

    @classmethod
    def of(cls, windows: np.ndarray) -> "WindowIntegrals":
        """Compute the integral images of windows. Raises ValueError for windows of another type, shape or size."""
        sizes = check_shape(windows, "N H W", "windows")
        if windows.dtype != np.uint8 or not all(3 <= sizes[side] <= 256 for side in "HW"):
            raise ValueError(f"windows: expected uint8 of 3 to 256 pixels, got {windows.dtype} {windows.shape}")
        return cls(windows, _blocks(windows, upright_sums), normalizers_of(windows))

    @cached_property
    def tilted(self) -> np.ndarray:
        """The rotated integral images, laid out as sums."""
        return _blocks(self.windows, tilted_sums)


def _blocks(windows: np.ndarray, integral: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Compute integral images of (N, h, w) windows, (blocks, (h + 1) * (w + 1), BLOCK), the last one padded with 0."""
    n, height, width = windows.shape
    blocks = np.zeros((-(-n // BLOCK), height + 1, width + 1, BLOCK), np.int32)
    for block, start in zip(blocks, range(0, n, BLOCK), strict=True):
        pixels = windows[start : start + BLOCK].transpose(1, 2, 0).astype(np.int32)
        block[:, :, : pixels.shape[2]] = integral(pixels)
    return blocks.reshape(len(blocks), (height + 1) * (width + 1), BLOCK)


def upright_sums(pixels: np.ndarray) -> np.ndarray:
    """Sum pixels (h, w, n) over everything above and to the left: (h + 1, w + 1, n)."""
    return np.pad(pixels.cumsum(0, np.int32).cumsum(1, np.int32), ((1, 0), (1, 0), (0, 0)))


def tilted_sums(pixels: np.ndarray) -> np.ndarray:
    """Sum pixels (h, w, n) over the triangle above each point, spreading by a pixel a row: (h + 1, w + 1, n).

    R. Lienhart, J. Maydt, ICIP 2002: RSAT(x, y) = RSAT(x - 1, y - 1) + RSAT(x + 1, y - 1)
    - RSAT(x, y - 2) + I(x, y) + I(x, y - 1), here with a margin so wide that its ends do not matter.
    """
    height, width, n = pixels.shape
    margin = height + 1
    image = np.pad(pixels, ((1, 0), (margin + 1, margin), (0, 0)))
    rsat = np.zeros((height + 1, image.shape[1], n), np.int32)
    for y in range(1, height + 1):
        rsat[y, 1:-1] = rsat[y - 1, :-2] + rsat[y - 1, 2:] + image[y, 1:-1] + image[y - 1, 1:-1]
        if y > 1:
            rsat[y, 1:-1] -= rsat[y - 2, 1:-1]
    return rsat[:, margin : margin + width + 1]


def normalizers_of(windows: np.ndarray) -> np.ndarray:
    """Compute 1 / (area * standard deviation) of windows (N, h, w) inside the outermost pixels, (N,) float32.

    As in cascade/engine/scan.py: 0 for a window that varies so little that a cascade passes over it.
    """
    inner = windows[:, 1:-1, 1:-1].astype(np.int64)
    area = inner.shape[1] * inner.shape[2]
    total, total_of_squares = inner.sum((1, 2)).astype(np.float64), (inner**2).sum((1, 2)).astype(np.float64)
    variance = area * total_of_squares - total**2
    inverse = np.full(len(windows), np.inf, np.float32)
    inverse[variance > 0] = 1 / np.sqrt(variance[variance > 0])
    inverse[area * inverse.astype(np.float64) >= 1 / MIN_DEVIATION] = 0
    return inverse
