"""Integral images: the sum over any rectangle, upright or tilted by 45 degrees, from four values.

P. Viola, M. Jones, "Rapid Object Detection using a Boosted Cascade of Simple Features", CVPR 2001, section 2.1:
ii(x, y) = sum of i(x', y') over x' < x and y' < y, built in one pass by the row sums s of eqs. (1) and (2).
R. Lienhart, J. Maydt, "An Extended Set of Haar-like Features for Rapid Object Detection", ICIP 2002, section 3: rsat.
All are written in the order of detect/cascade/engine/integral_layout.py, where a row holds every step_px-th column
first; with step_px = 1 and stride = W + 1 that is the usual one.
"""

import numpy as np
from numba import njit


@njit(cache=True)
def integral_images(image: np.ndarray, step_px: int, ii: np.ndarray, squares: np.ndarray) -> None:
    """Compute the integral images of the values of an image and of their squares.

    image : (H, W) uint8. ii : (H + 1, stride) int32 and squares : (H + 1, stride) uint32 are filled in; squares may
    have no rows, then they are left out. Sums wrap around 2**32; a rectangle's sum does not, as long as the rectangle
    has less than 66051 pixels, because differences of wrapped sums come out right.
    """
    height, width = image.shape
    s, s_of_squares = np.zeros(width + 1, np.int32), np.zeros(width + 1, np.uint32)
    ii[0] = 0
    squares[:1] = 0
    for y in range(height):
        total, total_of_squares = np.int32(0), np.uint32(0)
        for x in range(width):
            value = np.int32(image[y, x])
            total = np.int32(total + value)
            total_of_squares = np.uint32(total_of_squares + np.uint32(value * value))
            s[x + 1] = total
            s_of_squares[x + 1] = total_of_squares
        _add_row(ii, y, s, step_px)
        if len(squares) > 0:
            _add_row(squares, y, s_of_squares, step_px)


@njit(cache=True)
def _add_row(ii: np.ndarray, y: int, s: np.ndarray, step_px: int) -> None:
    """Add a row, eq. (2): ii(x, y + 1) = ii(x, y) + s(x, y), in the order of integral_layout."""
    share = ii.shape[1] // step_px
    for phase in range(step_px):
        count = (len(s) - phase + step_px - 1) // step_px
        above, below = ii[y, phase * share :][:count], ii[y + 1, phase * share :][:count]
        if step_px == 1:  # known to be 1, the compiler reads whole vectors of s
            for x in range(count):
                below[x] = above[x] + s[x]
        else:
            for x in range(count):
                below[x] = above[x] + s[x * step_px + phase]


@njit(cache=True)
def tilted_integral(image: np.ndarray, step_px: int, rsat: np.ndarray) -> None:
    """Compute rsat(x, y), the sum over the triangle above the pixel (x - 1, y - 1), whose sides run up at 45 degrees.

    image : (H, W) uint8. rsat : (H + 1, stride) int32, filled in. Each value is that of its two neighbours below which
    it lies, less their overlap, and the two pixels at its tip. Beside the image the triangles are cut off: there a
    neighbour one further out has the same sum as the border's value one row higher.
    """
    height, width = image.shape
    row, above, higher = np.zeros(width + 1, np.int32), np.zeros(width + 1, np.int32), np.zeros(width + 1, np.int32)
    share = rsat.shape[1] // step_px
    rsat[0] = 0
    for y in range(1, height + 1):
        row[0] = above[1]
        for x in range(1, width + 1):
            tip = np.int32(image[y - 1, x - 1])
            if y > 1:
                tip += np.int32(image[y - 2, x - 1])
            right = above[x + 1] if x < width else higher[x]
            row[x] = above[x - 1] + right - higher[x] + tip
        for x in range(width + 1):
            rsat[y, x % step_px * share + x // step_px] = row[x]
        row, above, higher = higher, row, above
