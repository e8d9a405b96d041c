"""Median filter: each pixel becomes the median of those around it; specks go, edges stay (Tukey 1977)."""

from dataclasses import dataclass
from typing import Annotated

import cv2
import numpy as np

from eigen2arc.core.bounds import Ge, Le
from eigen2arc.core.errors import UserError
from eigen2arc.core.luma import on_channels


def median_filter(image: np.ndarray, size_px: int) -> np.ndarray:
    """Filter an image (H, W) or (H, W, 3) uint8 by the median, each channel for itself.

    size_px : side of the square, odd. The outermost pixels are repeated beyond the border.
    """
    return cv2.medianBlur(image, size_px)


@dataclass(frozen=True)
class MedianFilter:
    """Preprocessing step: the median filter on all channels.

    size_px : side of the square, odd.
    """

    size_px: Annotated[int, Ge(3), Le(31)] = 3

    def __post_init__(self) -> None:
        if self.size_px % 2 == 0:
            raise UserError(f"median_filter: size_px = {self.size_px}: expected an odd one: a pixel is in the middle")

    def apply(self, crops: np.ndarray) -> np.ndarray:
        """Filter all channels of crops (N, S, S, 3) uint8."""
        return on_channels(crops, lambda crop: median_filter(crop, self.size_px))


build = MedianFilter
