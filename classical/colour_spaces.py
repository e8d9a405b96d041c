"""Colour spaces that differ in what they do not see: shadow, shading, highlights.

J. Uijlings et al., "Selective Search for Object Recognition", IJCV 104(2), 2013, table 1. Every channel is scaled to
0..255, as the segmentation's scale k and the histograms expect.
"""

from collections.abc import Callable

import cv2
import numpy as np


def hsv(rgb: np.ndarray) -> np.ndarray:
    """Hue, saturation, value. The hue's circle is cut open at red."""
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV_FULL)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b*: differences as large as they look."""
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2Lab)


def intensity(rgb: np.ndarray) -> np.ndarray:
    """Grey."""
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)[:, :, None]


def hue(rgb: np.ndarray) -> np.ndarray:
    """The hue alone, which neither shading nor highlights change."""
    return hsv(rgb)[:, :, :1]


def normalised_rg_intensity(rgb: np.ndarray) -> np.ndarray:
    """rgI: the shares of red and green in the sum of all three, which shading does not change, and the intensity."""
    total = np.maximum(rgb.sum(axis=2, keepdims=True, dtype=np.float32), 1)
    shares = rgb[:, :, :2] * (np.float32(255) / total)
    return np.concatenate([np.rint(shares).astype(np.uint8), intensity(rgb)], axis=2)


#: name in the paper -> uint8 RGB (H, W, 3) to uint8 (H, W, C)
COLOUR_SPACES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "HSV": hsv,
    "Lab": lab,
    "rgI": normalised_rg_intensity,
    "H": hue,
    "I": intensity,
}
