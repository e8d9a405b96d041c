"""The gradient of a grey window: what histograms of oriented gradients and SIFT both count."""

import math

import numpy as np
from numba import njit

#: Against division by 0 where there is no gradient at all, and where L2-Hys cuts off.
EPSILON, MOST = 1e-5, 0.2


@njit(cache=True)
def gradient(window: np.ndarray, magnitude: np.ndarray, angle_rad: np.ndarray) -> None:
    """Compute the gradient of a window (S, S) uint8 into ``magnitude`` and ``angle_rad`` (S, S).

    By centred differences [-1, 0, 1]. The y axis points down, so the angle, -pi..pi, grows clockwise. Outside the
    window nothing is known: across its border the difference is 0.
    """
    height, width = window.shape
    for y in range(height):
        for x in range(width):
            dx = float(window[y, x + 1]) - float(window[y, x - 1]) if 0 < x < width - 1 else 0.0
            dy = float(window[y + 1, x]) - float(window[y - 1, x]) if 0 < y < height - 1 else 0.0
            magnitude[y, x] = math.sqrt(dx * dx + dy * dy)
            angle_rad[y, x] = math.atan2(dy, dx)


@njit(cache=True)
def normalize_l2_hys(vector: np.ndarray) -> None:
    """Normalize a vector in place as Lowe does: to length 1, what is above MOST cut off, to length 1 again.

    D. Lowe, IJCV 60(2), 2004, section 6.1, against strong single gradients such as glare; "L2-Hys" in Dalal and Triggs.
    """
    vector /= math.sqrt(np.sum(vector * vector) + EPSILON * EPSILON)
    np.minimum(vector, MOST, vector)
    vector /= math.sqrt(np.sum(vector * vector) + EPSILON * EPSILON)
