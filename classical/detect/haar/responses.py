"""The values of many Haar features on many windows, as a cascade sees them: what its training learns from.

P. Viola, M. Jones, CVPR 2001, section 3: every feature of every training window. Divided by the window's standard
deviation (section 5), in float32 and in the order of cascade/engine: a threshold found on these values means the same
in a cascade, here and in OpenCV.
"""

import numpy as np
from numba import njit, prange

from eigen2arc.classical.detect.haar.features import HaarFeatures

from .window_integrals import BLOCK, WindowIntegrals

#: Features that one thread takes at a time, so many that fetching a block of windows for them does not matter.
FEATURES_AT_A_TIME = 512


def haar_responses(windows: np.ndarray | WindowIntegrals, features: HaarFeatures) -> np.ndarray:
    """Compute the normalised features of windows, (F, N) float32; 0 throughout for a window too flat for a cascade.

    windows : (N, h, w) uint8, or their WindowIntegrals, which are worth keeping where features come block by block.
    features : F features that lie inside the windows, else ValueError.
    """
    integrals = windows if isinstance(windows, WindowIntegrals) else WindowIntegrals.of(windows)
    n, height, width = integrals.windows.shape
    corners = corner_indices(features, width, height)
    tilted = integrals.tilted if features.tilted.any() else integrals.sums
    values = np.empty((len(corners), n), np.float32)
    _fill(integrals.sums, tilted, corners, features.weights, features.tilted, integrals.normalizers, values)
    return values


def corner_indices(features: HaarFeatures, width_px: int, height_px: int) -> np.ndarray:
    """Return (F, 3, 4) uint32 rows of WindowIntegrals.sums: corners whose values count +, -, -, + in a rectangle's sum.

    Raises ValueError for a feature that reaches out of the window.
    """
    x, y, w, h = np.moveaxis(features.rectangles, 2, 0)
    tilted = features.tilted[:, None]
    # Top, left, right and bottom corner of a tilted rectangle; top left, top right, bottom left, bottom right else.
    columns = np.stack([x, np.where(tilted, x - h, x + w), np.where(tilted, x + w, x), x + w - h * tilted], axis=2)
    rows = np.stack([y, np.where(tilted, y + h, y), np.where(tilted, y + w, y + h), y + h + w * tilted], axis=2)
    if min(columns.min(initial=0), rows.min(initial=0)) < 0 or (columns > width_px).any() or (rows > height_px).any():
        raise ValueError(f"features: some reach out of the window of {width_px} x {height_px} pixels")
    return (rows * (width_px + 1) + columns).astype(np.uint32)


@njit(cache=True)
def _add_rectangle(sums: np.ndarray, corners: np.ndarray, weight: np.float32, values: np.ndarray) -> None:
    """Add a weighted rectangle of a block's windows. sums : (corners, BLOCK)."""
    n = len(values)
    a, b, c, d = sums[corners[0]][:n], sums[corners[1]][:n], sums[corners[2]][:n], sums[corners[3]][:n]
    for i in range(n):
        values[i] += weight * np.float32(a[i] - b[i] - c[i] + d[i])


@njit(cache=True, parallel=True)
def _fill(
    sums: np.ndarray,
    tilted: np.ndarray,
    corners: np.ndarray,
    weights: np.ndarray,
    is_tilted: np.ndarray,
    normalisers: np.ndarray,
    values: np.ndarray,
) -> None:
    for part in prange(-(-len(values) // FEATURES_AT_A_TIME)):
        first = part * FEATURES_AT_A_TIME
        for block in range(len(sums)):
            here = slice(block * BLOCK, (block + 1) * BLOCK)
            inverse = normalisers[here]
            for feature in range(first, min(first + FEATURES_AT_A_TIME, len(values))):
                table = tilted[block] if is_tilted[feature] else sums[block]
                row = values[feature, here]
                row[:] = 0
                for k in range(3):
                    if weights[feature, k] != 0:
                        _add_rectangle(table, corners[feature, k], weights[feature, k], row)
                for i in range(len(row)):
                    row[i] *= inverse[i]
