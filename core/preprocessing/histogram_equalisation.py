"""Histogram equalisation: a grey level becomes the share of pixels that are no brighter, so all occur alike often."""

import cv2
import numpy as np

from eigen2arc.core.luma import on_luma


def equalise_histogram(grey: np.ndarray) -> np.ndarray:
    """(H, W) uint8 to the same: 255 (cdf(g) - cdf_min) / (1 - cdf_min), cdf(g) the share of pixels up to g.

    cdf_min is the share of the darkest level that occurs, which so becomes 0. A flat picture stays as it is. One curve
    holds for the whole picture: a lamp from the side is not undone.
    """
    return cv2.equalizeHist(grey)


class HistogramEqualisation:
    def apply(self, crops: np.ndarray) -> np.ndarray:
        """(N, S, S, 3) uint8 to the same; the luma is changed, see core/luma.py."""
        return on_luma(crops, equalise_histogram)


def build() -> HistogramEqualisation:
    """It has no settings."""
    return HistogramEqualisation()
