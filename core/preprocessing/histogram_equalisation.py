"""Histogram equalisation: a grey level becomes the share of pixels that are no brighter, so all occur alike often."""

import cv2
import numpy as np

from eigen2arc.core.luma import on_luma


def equalize_hist(grey: np.ndarray) -> np.ndarray:
    """Equalize the histogram of a grey image (H, W) uint8: 255 (cdf(g) - cdf_min) / (1 - cdf_min).

    cdf(g) is the share of pixels up to g, and cdf_min that of the darkest level that occurs, which so becomes 0. A flat
    image stays as it is. One curve holds for the whole image: a lamp from the side is not undone.
    """
    return cv2.equalizeHist(grey)


class HistogramEqualization:
    """Preprocessing step: histogram equalization of the luma."""

    def apply(self, crops: np.ndarray) -> np.ndarray:
        """Equalize the luma of crops (N, S, S, 3) uint8, see core/luma.py."""
        return on_luma(crops, equalize_hist)


build = HistogramEqualization
