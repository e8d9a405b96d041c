"""All Haar features of one window, from a table of their corners that is made once.

Where the same features of one window after another are wanted, what they have in common (which corners, which weights)
is worked out beforehand: a window then costs a few look-ups and additions a feature. That is the task of scikit-image's
haar_like_feature, with which `eigen2arc bench haar` compares this table; nothing else in the project has it. Training
and the feature plug-in "haar" ask for one feature of many windows at a time, for which responses.py is made. It gives
the same numbers to the last bit, and on one thread it takes a tenth of this table's time for 2,000 features of 2,048
windows of 24 pixels (12 us a window in place of 113) and a third for all 78,460 features of 600 windows of 20 pixels
(0.31 ms in place of 1.0), because one corner of 256 windows is one row of memory there, read in vector instructions.
For a single window it is the other way round: 53 ms there and 1.2 ms here for the 162,336 features of 24 pixels.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from eigen2arc.classical.detect.haar.features import HaarFeatures
from eigen2arc.core.checks import check_shape

from .responses import corner_indices
from .window_integrals import normalizers_of, tilted_sums, upright_sums


@dataclass(frozen=True)
class HaarTable:
    """F features of a window of one size.

    corners : (F, 3, 4) indices into the window's integral image, row by row; those of tilted rectangles in the rotated
    integral image, which follows it. As small as the numbers allow, so that the table passes through the processor's
    cache quickly. weights : (F, 3) float32.
    """

    width_px: int
    height_px: int
    corners: np.ndarray
    weights: np.ndarray
    tilted: bool

    @classmethod
    def of(cls, features: HaarFeatures, width_px: int, height_px: int) -> "HaarTable":
        """Build the table of features of a window. Raises ValueError for a feature that reaches out of the window."""
        corners = corner_indices(features, width_px, height_px)
        corners[features.tilted] += np.uint32((width_px + 1) * (height_px + 1))
        small = corners.astype(np.min_scalar_type(corners.max(initial=0)))
        return cls(width_px, height_px, small, features.weights, bool(features.tilted.any()))

    def responses(self, window: np.ndarray) -> np.ndarray:
        """Compute the features (F,) float32 of a window (h, w) uint8, the same numbers as haar_responses."""
        check_shape(window, f"{self.height_px} {self.width_px}", "window")
        pixels = window[:, :, None].astype(np.int32)
        sums = [upright_sums(pixels), tilted_sums(pixels)] if self.tilted else [upright_sums(pixels)]
        values = np.empty(len(self.corners), np.float32)
        _look_up(np.concatenate(sums).ravel(), self.corners, self.weights, normalizers_of(window[None])[0], values)
        return values


@njit(cache=True)
def _rectangle(sums: np.ndarray, corners: np.ndarray) -> np.float32:
    return np.float32(sums[corners[0]] - sums[corners[1]] - sums[corners[2]] + sums[corners[3]])


@njit(cache=True)
def _look_up(
    sums: np.ndarray, corners: np.ndarray, weights: np.ndarray, normaliser: np.float32, values: np.ndarray
) -> None:
    for feature in range(len(values)):
        value = weights[feature, 0] * _rectangle(sums, corners[feature, 0])
        value += weights[feature, 1] * _rectangle(sums, corners[feature, 1])
        if weights[feature, 2] != 0:
            value += weights[feature, 2] * _rectangle(sums, corners[feature, 2])
        values[feature] = value * normaliser
