"""What a crop may go through before training sees it: a mirror, a detector's imprecision, another exposure."""

import cv2
import numpy as np

from .degradations import Degradations

#: Standard deviations of the crop's jitter, in 112 pixels: shift, rotation, scale.
SHIFT_PX, TURN_DEG, ZOOM = 1.5, 2.5, 0.025
#: Standard deviations of contrast and saturation (factors around 1) and of brightness (grey levels).
CONTRAST, SATURATION, BRIGHTNESS = 0.12, 0.15, 12.0
#: The share of crops that lose their colour.
GREY = 0.1

LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601


def augment(crop: np.ndarray, degradations: Degradations, rng: np.random.Generator) -> np.ndarray:
    """Augment one (S, S, 3) uint8 RGB crop; all randomness comes from ``rng``."""
    return degradations.apply(exposure(_geometry(crop, rng), rng), rng)


def _geometry(crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Mirror half of them; shift, turn and zoom a little around the middle."""
    size_px = len(crop)
    centre = (size_px - 1) / 2
    zoom = float(np.exp(rng.normal(0, ZOOM)))
    moved: np.ndarray = cv2.getRotationMatrix2D((centre, centre), rng.normal(0, TURN_DEG), zoom)
    moved[:, 2] += rng.normal(0, SHIFT_PX * size_px / 112, 2)
    if rng.random() < 0.5:
        moved = moved @ np.array([[-1, 0, size_px - 1], [0, 1, 0], [0, 0, 1]])
    return cv2.warpAffine(crop, moved, (size_px, size_px), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def exposure(crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Change contrast, brightness and saturation of a crop by one affine map of RGB, the same at every pixel."""
    contrast = 1 + rng.normal(0, CONTRAST)
    saturation = 0.0 if rng.random() < GREY else 1 + rng.normal(0, SATURATION)
    colour = contrast * (saturation * np.eye(3) + (1 - saturation) * LUMA)
    offset = 127.5 * (1 - contrast) + rng.normal(0, BRIGHTNESS)
    return cv2.transform(crop, np.column_stack([colour, np.full(3, offset)]))  # rounds and saturates
