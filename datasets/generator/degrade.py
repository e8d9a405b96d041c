"""What camera and file do to an image: resolution, blur, sensor noise, JPEG, in that order."""

import cv2
import numpy as np

from .factors import Factors

_LINEAR = np.linspace(0.0, 1.0, 4096)
_SRGB = (
    np.where(_LINEAR <= 0.0031308, 12.92 * _LINEAR, 1.055 * _LINEAR ** (1.0 / 2.4) - 0.055).astype(np.float32) * 255.0
)


def to_srgb(linear: np.ndarray) -> np.ndarray:
    """Convert linear light 0..1 (clipped) to sRGB grey levels 0..255, float32 (IEC 61966-2-1)."""
    level = np.clip(linear, 0.0, 1.0)
    level *= 4095.0
    level += 0.5
    return np.asarray(_SRGB.take(level.astype(np.int32)))


def degrade(image: np.ndarray, factors: Factors) -> np.ndarray:
    """Degrade an image (H,W,3) float32 in 0..255 to uint8 RGB of the same size, through a worse camera."""
    height, width = image.shape[:2]
    if 0 < factors.resolution_px < max(height, width):
        scale = factors.resolution_px / max(height, width)
        small = (max(1, round(width * scale)), max(1, round(height * scale)))
        image = cv2.resize(cv2.resize(image, small, interpolation=cv2.INTER_AREA), (width, height),
                             interpolation=cv2.INTER_LINEAR)  # fmt: skip
    if factors.blur_px > 0.0:
        image = cv2.GaussianBlur(image, (0, 0), factors.blur_px)
    if factors.noise_sigma > 0.0:
        rng = np.random.Generator(np.random.PCG64([factors.background, 0x0153]))
        grain = rng.standard_normal(image.shape, dtype=np.float32)
        grain *= np.float32(factors.noise_sigma)
        image = np.add(image, grain, out=grain)
    levels = np.rint(image)
    finished: np.ndarray = np.clip(levels, 0.0, 255.0, out=levels).astype(np.uint8)
    if factors.jpeg_quality >= 100:
        return finished
    bgr = cv2.cvtColor(finished, cv2.COLOR_RGB2BGR)
    _, code = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, factors.jpeg_quality])
    decoded = np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR))
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB))
