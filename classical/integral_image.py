"""Integral images: the sum over any upright rectangle from four values.

P. Viola, M. Jones, "Rapid Object Detection using a Boosted Cascade of Simple Features", CVPR 2001, section 2.1:
ii(x, y) = sum of i(x', y') over x' < x and y' < y, built in one pass by the row sums s of eqs. (1) and (2).
"""

import numpy as np
from numba import njit


@njit(cache=True)
def integral_images(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The integral images of the values and of their squares.

    image : (H, W) uint8. Returns two (H + 1, W + 1) arrays, int32 and uint32, whose first row and column are 0. The
    squares' sum wraps around 2**32; a rectangle's sum does not, as long as the rectangle has less than 66051 pixels,
    because differences of wrapped sums come out right.
    """
    height, width = image.shape
    ii = np.empty((height + 1, width + 1), np.int32)
    squares = np.empty((height + 1, width + 1), np.uint32)
    ii[0] = 0
    squares[0] = 0
    for y in range(height):
        row, row_of_squares = np.int32(0), np.uint32(0)
        ii[y + 1, 0] = 0
        squares[y + 1, 0] = 0
        for x in range(width):
            value = np.int32(image[y, x])
            row = np.int32(row + value)
            row_of_squares = np.uint32(row_of_squares + np.uint32(value * value))
            ii[y + 1, x + 1] = ii[y, x + 1] + row
            squares[y + 1, x + 1] = squares[y, x + 1] + row_of_squares
    return ii, squares
