"""Colour spaces that differ in what they do not see: shadow, shading, highlights.

J. Uijlings et al., "Selective Search for Object Recognition", IJCV 104(2), 2013, table 1. Channels are scaled to
0..255, as the segmentation's scale k and the histograms expect, but for the hue.
"""

from collections.abc import Callable

import cv2
import numpy as np

from eigen2arc.core.image import to_grey


def hsv(rgb: np.ndarray) -> np.ndarray:
    """Convert RGB to hue, saturation, value.

    The hue's circle is cut open at red, and reaches to 179 only, as OpenCV has it. With the hue in 0..255, which is
    noise where there is little colour, fewer faces are found.
    """
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV)


def lab(rgb: np.ndarray) -> np.ndarray:
    """Convert RGB to CIE L*a*b*: differences as large as they look."""
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2Lab)


def intensity(rgb: np.ndarray) -> np.ndarray:
    """Convert RGB to grey (H, W, 1)."""
    return to_grey(rgb)[:, :, None]


def hue(rgb: np.ndarray) -> np.ndarray:
    """Compute the hue alone, which neither shading nor highlights change."""
    return hsv(rgb)[:, :, :1]


def normalized_rg(rgb: np.ndarray) -> np.ndarray:
    """Compute rg: the shares of red and green in the sum of all three, which shading does not change."""
    total = np.maximum(rgb.sum(axis=2, keepdims=True, dtype=np.float32), 1)
    return np.rint(rgb[:, :, :2] * (np.float32(255) / total)).astype(np.uint8)


def normalized_rg_intensity(rgb: np.ndarray) -> np.ndarray:
    """Compute rgI: rg, and the intensity."""
    return np.concatenate([normalized_rg(rgb), intensity(rgb)], axis=2)


def opponent(rgb: np.ndarray) -> np.ndarray:
    """Compute red against green, yellow against blue, and the sum; white light adds nothing to the first two."""
    r, g, b = np.moveaxis(rgb.astype(np.int16), 2, 0)
    return np.stack([(r - g + 255) // 2, (r + g - 2 * b + 510) // 4, (r + g + b) // 3], axis=2).astype(np.uint8)


#: name in the papers -> uint8 RGB (H, W, 3) to uint8 (H, W, C)
COLOR_SPACES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "HSV": hsv,
    "Lab": lab,
    "rgI": normalized_rg_intensity,
    "H": hue,
    "I": intensity,
    "rg": normalized_rg,
    "Opponent": opponent,
}
