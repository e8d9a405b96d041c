"""How alike two neighbouring regions are, and what becomes of their measures when they are joined.

J. Uijlings et al., "Selective Search for Object Recognition", IJCV 104(2), 2013, eq. (1) to (6). All four measures
lie in 0..1 and can be had of a union without a look at its pixels.
"""

from typing import NamedTuple

import numpy as np
from numba import njit


class Measures(NamedTuple):
    """The measures of regions that grouping compares.

    histograms : (N, B) float32, the colour and the texture histograms side by side or one of them, or (N, 0) for none:
    as eq. (1) and (3) have the same form, one sum serves both. sizes : (N,) float32 pixels. boxes : (N, 4) int32.
    image_px : pixels in the image. by_size, by_fill : 1 or 0, whether these count, the a_3 and a_4 of eq. (6).
    """

    histograms: np.ndarray
    sizes: np.ndarray
    boxes: np.ndarray
    image_px: float
    by_size: float
    by_fill: float


@njit(cache=True, nogil=True, fastmath={"reassoc"})
def intersection(a: np.ndarray, b: np.ndarray) -> np.float32:
    """Sum what two histograms (B,) share, eq. (1) and (3). Terms may be added in vector instructions."""
    total = np.float32(0)
    for i in range(len(a)):
        total += min(a[i], b[i])
    return total


@njit(cache=True, nogil=True)
def union_box(a: np.ndarray, b: np.ndarray) -> tuple[int, int, int, int]:
    """Return the least box around two boxes (4,)."""
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


@njit(cache=True, nogil=True)
def similarity(m: Measures, i: int, j: int) -> float:
    """Compute s(r_i, r_j), eq. (6)."""
    both = m.sizes[i] + m.sizes[j]
    x1, y1, x2, y2 = union_box(m.boxes[i], m.boxes[j])
    s_size = 1 - both / m.image_px  # eq. (4): small regions join early
    s_fill = 1 - (np.float64(x2 - x1) * (y2 - y1) - both) / m.image_px  # eq. (5): a hole is filled early
    return intersection(m.histograms[i], m.histograms[j]) + m.by_size * s_size + m.by_fill * s_fill


@njit(cache=True, nogil=True)
def merge(m: Measures, i: int, j: int, t: int) -> None:
    """Write the measures of r_t = r_i + r_j: eq. (2) for histograms, size(r_t) = size(r_i) + size(r_j)."""
    m.sizes[t] = m.sizes[i] + m.sizes[j]
    share = m.sizes[i] / m.sizes[t]
    a, b, c = m.histograms[i], m.histograms[j], m.histograms[t]
    for bin in range(len(c)):
        c[bin] = share * a[bin] + (np.float32(1) - share) * b[bin]
    m.boxes[t, 0], m.boxes[t, 1], m.boxes[t, 2], m.boxes[t, 3] = union_box(m.boxes[i], m.boxes[j])
