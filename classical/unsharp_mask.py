"""Unsharp masking: what a blur takes away is added to the picture, so many times."""

import cv2
import numpy as np

#: Standard deviation of the blur.
SIGMA_PX = 1.0


def unsharp_mask(grey: np.ndarray, amount: float) -> np.ndarray:
    """(H, W) uint8 to the same, sharper: g + amount (g - blur(g)), cut off at 0 and 255. amount : from 0 on."""
    blurred = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), SIGMA_PX)
    return np.clip(np.rint(grey + amount * (grey - blurred)), 0, 255).astype(np.uint8)
