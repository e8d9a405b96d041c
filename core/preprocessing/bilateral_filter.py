"""Bilateral filter: a mean of pixels that are near and alike: noise goes, edges stay (Tomasi and Manduchi 1998).

C. Tomasi, R. Manduchi, "Bilateral Filtering for Gray and Color Images", ICCV 1998: a pixel's weight is a Gaussian of
its distance times a Gaussian of how far its colour is off.
"""

from dataclasses import dataclass
from typing import Annotated

import cv2
import numpy as np

from eigen2arc.core.bounds import Ge, Le
from eigen2arc.core.luma import on_channels


def bilateral_filter(image: np.ndarray, sigma_px: float, sigma_grey: float) -> np.ndarray:
    """Filter an image (H, W, 3) uint8 bilaterally; all channels have the same weights, mirrored at the border.

    sigma_px, sigma_grey : standard deviations of the two Gaussians. The colours' distance is the mean of the channels'
    absolute differences, so that a grey image is filtered as one channel would be.
    """
    reach = max(1, round(2 * sigma_px))  # beyond two deviations weights are small, and work grows as the square
    # OpenCV adds the channels' differences up: hence the 3.
    return cv2.bilateralFilter(image, 2 * reach + 1, 3 * sigma_grey, sigma_px)


@dataclass(frozen=True)
class BilateralFilter:
    """Preprocessing step: the bilateral filter on all channels.

    sigma_px : of the distance. sigma_grey : of the difference.
    """

    sigma_px: Annotated[float, Ge(0.2), Le(20)] = 2.0
    sigma_grey: Annotated[float, Ge(1), Le(255)] = 20.0

    def apply(self, crops: np.ndarray) -> np.ndarray:
        """Apply the filter to all channels of crops (N, S, S, 3) uint8."""
        return on_channels(crops, lambda crop: bilateral_filter(crop, self.sigma_px, self.sigma_grey))


build = BilateralFilter
