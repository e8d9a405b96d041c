"""Gaussian filter: each pixel becomes a mean of those around it, the nearest weighing most; noise and detail go."""

from dataclasses import dataclass
from typing import Annotated

import cv2
import numpy as np

from eigen2arc.core.bounds import Ge, Le
from eigen2arc.core.luma import on_channels


def gaussian_filter(image: np.ndarray, sigma_px: float) -> np.ndarray:
    """Blur an image (H, W) or (H, W, 3) uint8 by a Gaussian, each channel for itself, mirrored at the border.

    sigma_px : standard deviation.
    """
    return cv2.GaussianBlur(image, (0, 0), sigma_px)


@dataclass(frozen=True)
class GaussianFilter:
    """Preprocessing step: the Gaussian filter on all channels.

    sigma_px : standard deviation.
    """

    sigma_px: Annotated[float, Ge(0.2), Le(50)] = 1.0

    def apply(self, crops: np.ndarray) -> np.ndarray:
        """Blur all channels of crops (N, S, S, 3) uint8."""
        return on_channels(crops, lambda crop: gaussian_filter(crop, self.sigma_px))


build = GaussianFilter
