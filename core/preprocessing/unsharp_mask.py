"""Unsharp masking: what a blur takes away is added to the image, so many times."""

from dataclasses import dataclass
from typing import Annotated

import cv2
import numpy as np

from eigen2arc.core.bounds import Ge, Le
from eigen2arc.core.luma import on_luma, to_uint8

#: Standard deviation of the blur.
SIGMA_PX = 1.0


def unsharp_mask(grey: np.ndarray, amount: float) -> np.ndarray:
    """Sharpen a grey image (H, W) uint8: g + amount (g - blur(g)), cut off at 0 and 255. amount : from 0 on."""
    blurred = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), SIGMA_PX)
    return to_uint8(grey + amount * (grey - blurred))


@dataclass(frozen=True)
class UnsharpMask:
    """Preprocessing step: unsharp masking of the luma.

    amount : how many times the detail is added.
    """

    amount: Annotated[float, Ge(0), Le(20)] = 1.0

    def apply(self, crops: np.ndarray) -> np.ndarray:
        """Sharpen the luma of crops (N, S, S, 3) uint8, see core/luma.py."""
        return on_luma(crops, lambda grey: unsharp_mask(grey, self.amount))


build = UnsharpMask
