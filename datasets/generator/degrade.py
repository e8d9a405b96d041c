"""What camera and file do to an image: resolution, blur, sensor noise, JPEG, in that order, and each on its own."""

import cv2
import numpy as np

from .factors import Factors

_LINEAR = np.linspace(0.0, 1.0, 4096)
_SRGB = (
    np.where(_LINEAR <= 0.0031308, 12.92 * _LINEAR, 1.055 * _LINEAR ** (1.0 / 2.4) - 0.055).astype(np.float32) * 255.0
)


def to_linear(image: np.ndarray) -> np.ndarray:
    """Convert sRGB grey levels, uint8, to linear light 0..1, float32 (IEC 61966-2-1)."""
    level = np.arange(256) / 255.0
    linear = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear.astype(np.float32).take(image))


def to_srgb(linear: np.ndarray) -> np.ndarray:
    """Convert linear light 0..1 (clipped) to sRGB grey levels 0..255, float32 (IEC 61966-2-1)."""
    level = np.clip(linear, 0.0, 1.0)
    level *= 4095.0
    level += 0.5
    return np.asarray(_SRGB.take(level.astype(np.int32)))


def lower_resolution(image: np.ndarray, scale: float) -> np.ndarray:
    """Take an image (H,W,3) at ``scale`` 0..1 of its size and enlarge it again: the same dtype and shape."""
    height, width = image.shape[:2]
    small = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(cv2.resize(image, small, interpolation=cv2.INTER_AREA), (width, height),
                                 interpolation=cv2.INTER_LINEAR))  # fmt: skip


def blur(image: np.ndarray, sigma_px: float) -> np.ndarray:
    """Blur an image (H,W,3) by a Gaussian of this standard deviation: the same dtype and shape."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma_px))


def add_noise(image: np.ndarray, sigma_grey: float, rng: np.random.Generator) -> np.ndarray:
    """Add Gaussian noise of this standard deviation to an image (H,W,3) in 0..255: float32, not cut off."""
    grain = rng.standard_normal(image.shape, dtype=np.float32)
    grain *= np.float32(sigma_grey)
    grain += image
    return grain


def compress(image: np.ndarray, jpeg_quality: int) -> np.ndarray:
    """Compress an image (H,W,3) uint8 RGB as JPEG and decode it again; chroma is halved as JPEG does by default."""
    _, code = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, jpeg_quality])
    return np.asarray(cv2.cvtColor(np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR)), cv2.COLOR_BGR2RGB))


def degrade(image: np.ndarray, factors: Factors) -> np.ndarray:
    """Degrade an image (H,W,3) float32 in 0..255 to uint8 RGB of the same size, through a worse camera."""
    side = max(image.shape[:2])
    if 0 < factors.resolution_px < side:
        image = lower_resolution(image, factors.resolution_px / side)
    if factors.blur_px > 0.0:
        image = blur(image, factors.blur_px)
    if factors.noise_sigma > 0.0:
        rng = np.random.Generator(np.random.PCG64([factors.background, 0x0153]))
        image = add_noise(image, factors.noise_sigma, rng)
    levels = np.rint(image)
    finished: np.ndarray = np.clip(levels, 0.0, 255.0, out=levels).astype(np.uint8)
    return finished if factors.jpeg_quality >= 100 else compress(finished, factors.jpeg_quality)
