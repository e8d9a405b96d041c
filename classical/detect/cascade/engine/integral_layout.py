"""Integral images laid out so that a row of windows reads neighbouring values, whatever the step between them.

In each row first all columns 0, step_px, 2 step_px, ..., then, from stride // step_px on, 1, step_px + 1, ...
Indices into such an image are unsigned: numba would check a signed one for being below 0.
"""

import numpy as np


def stride_for(width_px: int, step_px: int) -> int:
    """Return the length of a row that holds the width_px + 1 columns of an image's integral image."""
    return -(-(width_px + 1) // step_px) * step_px


def flat_indices(x: np.ndarray, y: np.ndarray, stride: int, step_px: int) -> np.ndarray:
    """Return the indices (...) uint32 of the values of columns x and rows y in the flattened integral image."""
    return (y * stride + x % step_px * (stride // step_px) + x // step_px).astype(np.uint32)


def upright_corners(rectangles: np.ndarray, stride: int, step_px: int) -> np.ndarray:
    """Return the indices (..., 4) of the corners of rectangles (..., 4) x y width height in an integral image.

    The sum over a rectangle is the value of its first corner - second - third + fourth.
    """
    x, y, width, height = np.moveaxis(rectangles, -1, 0)
    columns, rows = np.stack([x, x + width, x, x + width], axis=-1), np.stack([y, y, y + height, y + height], axis=-1)
    return flat_indices(columns, rows, stride, step_px)


def tilted_corners(rectangles: np.ndarray, stride: int, step_px: int) -> np.ndarray:
    """Return the indices (..., 4) of tilted rectangles' top, left, right and bottom corners in a tilted integral image.

    As upright_corners. (x, y) is the topmost corner; the width runs down to the right, the height down to the left.
    """
    x, y, width, height = np.moveaxis(rectangles, -1, 0)
    columns = np.stack([x, x - height, x + width, x + width - height], axis=-1)
    rows = np.stack([y, y + height, y + width, y + width + height], axis=-1)
    return flat_indices(columns, rows, stride, step_px)


def grid_corners(cells: np.ndarray, stride: int, step_px: int) -> np.ndarray:
    """Return the indices (M, 16) of all corners, row by row, of grids of 3 x 3 cells.

    cells : (M, 4) x y width height of each grid's first cell.
    """
    x, y, width, height = cells.T[:, :, None]
    across, down = np.tile(np.arange(4), 4), np.repeat(np.arange(4), 4)
    return flat_indices(x + across * width, y + down * height, stride, step_px)
