"""Levels cut into bands: some rows of windows each, so that threads share the work and integral images stay small."""

from collections.abc import Sequence

import numpy as np

from eigen2arc.classical.image.scale_pyramid import Level

#: Rows of windows: few enough that a band's integral images stay in a processor's second cache.
BAND_ROWS = 32


def band_height_px(rows: int, step_px: int, window_height_px: int) -> int:
    """The pixels that ``rows`` rows of windows look at."""
    return (rows - 1) * step_px + window_height_px


def bands_of(levels: Sequence[Level], window_height_px: int) -> tuple[np.ndarray, np.ndarray]:
    """(B, 6) int64: first pixel, width and height in pixels, rows and columns of windows, number of the first window.

    Pixels are counted through all levels' images, one after the other, windows through all bands. Also (B, 2) int64:
    the number of each band's level, and of its first row of windows there.
    """
    bands, origins, pixel, first = [], [], 0, 0
    for number, level in enumerate(levels):
        width, height = level.size_px
        rows, columns = level.windows
        for row in range(0, rows if columns else 0, BAND_ROWS):
            count = min(BAND_ROWS, rows - row)
            height_px = band_height_px(count, level.step_px, window_height_px)
            bands.append((pixel + row * level.step_px * width, width, height_px, count, columns, first))
            origins.append((number, row))
            first += count * columns
        pixel += width * height
    return np.array(bands, np.int64).reshape(-1, 6), np.array(origins, np.int64).reshape(-1, 2)
