"""Aggregated channel features: gradients and grey values of an image, summed over cells of 2 x 2 pixels.

Source: P. Dollár, R. Appel, S. Belongie, P. Perona, "Fast Feature Pyramids for Object Detection", TPAMI 36(8), 2014,
section 6.1 (ACF): normalised gradient magnitude (1 channel), histogram of oriented gradients (6 channels) and, of the
three colour channels, the lightness alone: the real faces that one may learn from are grey.
"""

import cv2
import numpy as np
from numba import njit

#: Pixels to a side of a cell. The paper's 4 belongs to windows of 64 x 128; a small face needs finer cells.
SHRINK_PX = 2
ORIENTATIONS = 6
#: grey, |G|, then the orientations of a gradient from 0 on, anticlockwise as seen with y pointing down.
CHANNELS = 2 + ORIENTATIONS

#: The gradient is divided by its mean over this many pixels around, plus the constant (grey values are 0..1).
NORMALISE_PX = 11
NORMALISE_CONSTANT = 0.005

#: [1 2 1] / 4, which smooths the image before the gradient is taken, and the cells after they are summed.
BINOMIAL = np.array([0.25, 0.5, 0.25], np.float32)


def channels(grey: np.ndarray) -> np.ndarray:
    """Compute the channels (CHANNELS, H // 2, W // 2) float32 of (H, W) uint8: means over cells of 2 x 2 pixels.

    An odd last row or column is left out. Not smoothed yet, see smooth(): a pyramid resamples first.
    """
    image = smooth(grey.astype(np.float32) / np.float32(255))
    magnitude, angle = gradient(image)
    return _aggregate(image, magnitude, angle)


def smooth(image: np.ndarray) -> np.ndarray:
    """Smooth (H, W) float32 by [1 2 1] / 4 along both axes; beyond the border lies its mirror image."""
    return np.asarray(cv2.sepFilter2D(image, -1, BINOMIAL, BINOMIAL))


def gradient(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute the normalized magnitude |G| and angle in radians, 0 to 2 pi, of the gradient of (H, W) float32."""
    g_x = cv2.Sobel(image, cv2.CV_32F, 1, 0, ksize=1, scale=0.5)
    g_y = cv2.Sobel(image, cv2.CV_32F, 0, 1, ksize=1, scale=0.5)
    magnitude, angle = cv2.cartToPolar(g_x, g_y)
    magnitude /= cv2.blur(magnitude, (NORMALISE_PX, NORMALISE_PX)) + np.float32(NORMALISE_CONSTANT)
    return magnitude, angle


@njit(cache=True, nogil=True)
def _aggregate(image: np.ndarray, magnitude: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Means over cells. A gradient belongs to the two nearest orientations (of 0 to pi), by how near they are."""
    rows, columns = image.shape[0] // SHRINK_PX, image.shape[1] // SHRINK_PX
    cells = np.zeros((CHANNELS, rows, columns), np.float32)
    share = np.float32(1.0 / SHRINK_PX**2)
    per_radian = np.float32(ORIENTATIONS / np.pi)
    for y in range(rows * SHRINK_PX):
        for x in range(columns * SHRINK_PX):
            row, column = y // SHRINK_PX, x // SHRINK_PX
            length = magnitude[y, x] * share
            cells[0, row, column] += image[y, x] * share
            cells[1, row, column] += length
            place = angle[y, x] * per_radian
            below = int(place)
            upper = (place - np.float32(below)) * length
            cells[2 + below % ORIENTATIONS, row, column] += length - upper
            cells[2 + (below + 1) % ORIENTATIONS, row, column] += upper
    return cells


def smooth_cells(cells: np.ndarray) -> np.ndarray:
    """Smooth each channel of (C, H, W) float32."""
    return np.stack([smooth(channel) for channel in cells])
