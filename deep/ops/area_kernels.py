"""Area averages on a processor; area_resample.py says what they are."""

import numpy as np
from numba import njit, prange


@njit(parallel=True, cache=True)
def area_means(
    sums: np.ndarray,
    start: np.ndarray,
    stride: np.ndarray,
    windows: np.ndarray,
    sizes: np.ndarray,
    rows: np.ndarray,
    out: np.ndarray,
    first: np.ndarray,
    pitch: np.ndarray,
) -> None:
    """Resample N windows, each to some rows of a rectangle in ``out``.

    sums : (T, 3) int32, integral images one after the other. start, stride : (N,), where the window's image begins in
    them, and its rows' length. windows : (N, 4) int64 x1 y1 x2 y2. sizes : (N, 2), height and width that the window is
    brought to; of that rows : (N, 2), the first row that is wanted and the end. out : (P, 3) float32. first, pitch :
    (N,), where in out the first wanted row begins, and how far apart rows are.
    """
    tasks = np.zeros(len(windows) + 1, np.int64)
    tasks[1:] = np.cumsum(rows[:, 1] - rows[:, 0])
    for task in prange(tasks[-1]):
        n = np.searchsorted(tasks, task, side="right") - 1
        y = rows[n, 0] + task - tasks[n]
        x1, y1, x2, y2 = windows[n]
        height, width = sizes[n]
        top = y1 + (y * (y2 - y1)) // height
        bottom = y1 - (-(y + 1) * (y2 - y1)) // height
        upper, lower = start[n] + top * stride[n] + x1, start[n] + bottom * stride[n] + x1
        place = first[n] + (task - tasks[n]) * pitch[n]
        _row(sums, upper, lower, np.float32(bottom - top), x2 - x1, width, out, place)


@njit(cache=True)
def _row(
    sums: np.ndarray, upper: int, lower: int, rows: np.float32, length: int, width: int, out: np.ndarray, place: int
) -> None:
    """A row of ``width`` means over ``length`` pixels, between two rows of sums.

    The span of pixel x, from floor(x length / width) to ceil((x + 1) length / width), is moved on without a division.
    """
    whole, rest = length // width, length % width
    left, over = 0, 0
    for x in range(width):
        right, over = left + whole, over + rest
        if over >= width:
            right, over = right + 1, over - width
        end = right + (over > 0)
        share = np.float32(1) / (rows * np.float32(end - left))
        for c in range(3):
            # Sums of large images have wrapped around; their difference, in 32 bits, is right all the same.
            total = sums[lower + end, c] - sums[lower + left, c] - sums[upper + end, c] + sums[upper + left, c]
            out[place + x, c] = np.float32(np.int32(total)) * share
        left = right
