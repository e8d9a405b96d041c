"""Windows: the parts of a grey image under boxes, all resampled to squares of one size."""

import cv2
import numpy as np
from numba import njit, prange

from eigen2arc.core.checks import check_shape


def check_windows(windows: np.ndarray, size_px: int) -> np.ndarray:
    """Check for uint8 grey windows (N, S, S) of the size that a feature was built for, and return them contiguous.

    (Compiled loops exist once for each layout in memory, so one layout saves seconds.) Raises ValueError.
    """
    if windows.dtype != np.uint8:
        raise ValueError(f"windows: expected uint8 grey, got {windows.dtype}")
    check_shape(windows, f"N {size_px} {size_px}", "windows")
    return np.ascontiguousarray(windows)


def crop_windows(grey: np.ndarray, boxes: np.ndarray, size_px: int) -> np.ndarray:
    """Lay a grid of S x S cells over each box; a window's pixel is the mean of what lies under its cell.

    grey : (H, W) uint8. boxes : (N, 4) x1 y1 x2 y2 in pixels, of any shape and not empty; what lies outside the image
    is filled up with the nearest pixel. Returns (N, S, S) uint8. Means over areas do not alias, however large the box;
    they come from the integral image, so that a large box costs no more than a small one. Raises ValueError.
    """
    check_shape(boxes, "N 4", "boxes")
    boxes = np.asarray(boxes, np.float64)
    if (boxes[:, 2:] <= boxes[:, :2]).any():
        raise ValueError("boxes: expected x2 > x1 and y2 > y1, got an empty one")
    if len(boxes) == 0:
        return np.zeros((0, size_px, size_px), np.uint8)
    height, width = grey.shape
    left, top = np.maximum(np.ceil(-boxes[:, :2].min(axis=0)), 0).astype(int).tolist()
    right, bottom = np.maximum(np.ceil(boxes[:, 2:].max(axis=0) - [width, height]), 0).astype(int).tolist()
    padded = cv2.copyMakeBorder(grey, top, bottom, left, right, cv2.BORDER_REPLICATE)
    windows = np.empty((len(boxes), size_px, size_px), np.uint8)
    # In float64 a sum over the largest image that is read is exact.
    _average(cv2.integral(padded, sdepth=cv2.CV_64F), boxes + np.array([left, top, left, top]), windows)
    return windows


@njit(cache=True, parallel=True)
def _average(ii: np.ndarray, boxes: np.ndarray, windows: np.ndarray) -> None:
    size_px = windows.shape[1]
    for n in prange(len(boxes)):
        x1, y1, x2, y2 = boxes[n]
        step_x, step_y = (x2 - x1) / size_px, (y2 - y1) / size_px
        above, below = np.empty(size_px + 1), np.empty(size_px + 1)
        _sums_up_to(ii, y1, x1, step_x, above)
        for row in range(size_px):
            _sums_up_to(ii, y1 + (row + 1) * step_y, x1, step_x, below)
            for column in range(size_px):
                total = below[column + 1] - below[column] - above[column + 1] + above[column]
                windows[n, row, column] = np.uint8(min(max(total / (step_x * step_y) + 0.5, 0.0), 255.0))
            above, below = below, above


@njit(cache=True)
def _sums_up_to(ii: np.ndarray, y: float, x1: float, step_x: float, sums: np.ndarray) -> None:
    """Read ii(x1 + k step_x, y) for k = 0, 1, ...: between whole pixels an integral image is bilinear, exactly."""
    last_row, last_column = ii.shape[0] - 2, ii.shape[1] - 2
    row = min(int(y), last_row)
    dy = y - row
    for k in range(len(sums)):
        x = x1 + k * step_x
        column = min(int(x), last_column)
        dx = x - column
        upper = ii[row, column] + dx * (ii[row, column + 1] - ii[row, column])
        lower = ii[row + 1, column] + dx * (ii[row + 1, column + 1] - ii[row + 1, column])
        sums[k] = upper + dy * (lower - upper)
