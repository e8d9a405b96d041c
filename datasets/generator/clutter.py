"""Things that are not faces: boxes, discs, sticks, rings and dotted patches, shaded and in any colour."""

import cv2
import numpy as np

from .smooth import noise


def add_clutter(image: np.ndarray, seed: int) -> None:
    """Draw 15 to 50 objects over an image (H,W,3) float32, linear RGB, in place."""
    rng = np.random.Generator(np.random.PCG64([seed, 0xC1A7]))
    height, width = image.shape[:2]
    for _ in range(int(rng.integers(15, 51))):
        size = max(4.0, height * float(np.exp(rng.uniform(np.log(0.02), np.log(0.28)))))
        half_wide, half_high = max(2, int(size * rng.uniform(0.2, 0.8))), max(2, int(size * rng.uniform(0.2, 0.8)))
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        left, top = max(0, x - half_wide), max(0, y - half_high)
        window = image[top : y + half_high, left : x + half_wide]
        if window.shape[0] > 3 and window.shape[1] > 3:
            _object(window, rng)


def _object(window: np.ndarray, rng: np.random.Generator) -> None:
    """Draw one object that fills a window (h,w,3): a mask of some form, and a surface lit from one side."""
    high, wide = window.shape[:2]
    mask = np.zeros((high, wide), np.float32)
    middle, axes = (wide // 2, high // 2), (max(1, wide // 2 - 1), max(1, high // 2 - 1))
    form = int(rng.integers(5))
    if form == 0:
        mask[:] = 1.0
    elif form == 1:
        cv2.ellipse(mask, middle, axes, 0.0, 0.0, 360.0, 1.0, -1, cv2.LINE_AA)
    elif form == 2:
        cv2.ellipse(mask, middle, axes, 0.0, 0.0, 360.0, 1.0, max(1, min(axes) // 3), cv2.LINE_AA)
    elif form == 3:
        ends = rng.uniform(0.0, 1.0, size=(2, 2)) * [wide, high]
        first, second = ends.astype(int).tolist()
        cv2.line(mask, first, second, 1.0, max(1, min(wide, high) // 6), cv2.LINE_AA)
    else:
        mask[:] = noise((high, wide), (max(2, high // 5), max(2, wide // 5)), rng) > 0.2
    colour = (rng.uniform(0.02, 0.7) * (1.0 + rng.normal(0.0, 0.35, size=3))).clip(0.01, 0.9).astype(np.float32)
    slope = np.linspace(rng.uniform(0.4, 1.0), rng.uniform(0.4, 1.2), wide, dtype=np.float32)
    grain = 1.0 + 0.12 * noise((high, wide), (max(2, high // 3), max(2, wide // 3)), rng)
    window += mask[..., None] * (colour * (slope * grain)[..., None] - window)
