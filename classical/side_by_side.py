"""An integral image laid out so that a row of windows reads neighbouring values, whatever the step between them."""

import numpy as np
from numba import njit


def side_by_side(ii: np.ndarray, step_px: int) -> np.ndarray:
    """An integral image in which the values that windows ``step_px`` apart need are neighbours.

    (H, W) to (H, stride): in each row first all columns 0, step_px, 2 step_px, ..., then 1, step_px + 1, ...
    """
    height, width = ii.shape
    padded = np.pad(ii, ((0, 0), (0, -width % step_px)))
    return padded.reshape(height, -1, step_px).transpose(0, 2, 1).reshape(height, -1)


@njit(cache=True)
def corner_offsets(rectangles: np.ndarray, stride: int, step_px: int) -> np.ndarray:
    """(N, 4) x y width height to the (N, 4) uint32 places of the corners in a flat side_by_side.

    Corners: top left, top right, bottom left, bottom right. Unsigned, because numba would check a signed place for
    being below 0.
    """
    columns = np.arange(stride)
    columns = columns % step_px * (stride // step_px) + columns // step_px
    places = np.empty(rectangles.shape, np.uint32)
    for number in range(len(rectangles)):
        x, y, width, height = rectangles[number]
        top, bottom, left, right = y * stride, (y + height) * stride, columns[x], columns[x + width]
        place = places[number]
        place[0], place[1], place[2], place[3] = top + left, top + right, bottom + left, bottom + right
    return places
