"""Fast feature pyramids: channels are computed once an octave, and resampled to the scales between.

Source: P. Dollár, R. Appel, S. Belongie, P. Perona, "Fast Feature Pyramids for Object Detection", TPAMI 36(8), 2014.
The mean of a channel over natural images follows a power law of the scale, f(I_s) / f(I) = s**-lambda (eq. 4), so
C_s = R(C, s) * s**-lambda approximates the channels of an image resampled by s (eq. 5): R resamples C itself.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from eigen2arc.classical.detect.channels.engine.channels import CHANNELS, SHRINK_PX, channels, smooth_cells

PER_OCTAVE = 8

#: Cells that are repeated around each level, so that faces at the image's border are windows, too.
PAD = 3


@dataclass(frozen=True)
class ChannelLevel:
    """The channels at one scale: cells (C, H + 2 PAD, W + 2 PAD) float32, smoothed.

    scale : (2,) pixels of the level per pixel of the image, across and down: whole cells make them differ a little.
    """

    cells: np.ndarray
    scale: np.ndarray

    def to_image(self, corners: np.ndarray) -> np.ndarray:
        """Convert points (N, 2) x y in padded cells to pixels of the image, float64."""
        return (corners - PAD) * SHRINK_PX / self.scale


def pyramid(grey: np.ndarray, lambdas: np.ndarray, largest: float, least_cells: int) -> Iterator[ChannelLevel]:
    """Yield the channels of (H, W) uint8 at the scales largest * 2**(-i / 8), while least_cells fit in, padded.

    lambdas : (C,) exponents of the power law, see estimate_lambdas(). largest : above 1 enlarges the image.
    """
    image_px = np.array(grey.shape[::-1])
    octave, real = -1, np.zeros((0, 0, 0), np.float32)
    for step in range(64 * PER_OCTAVE):
        size = np.rint(image_px * largest * 2.0 ** (-step / PER_OCTAVE) / SHRINK_PX).astype(int)
        if size.min() + 2 * PAD < least_cells:
            return
        nearest = (step + PER_OCTAVE // 2 - 1) // PER_OCTAVE
        if nearest != octave:
            octave, real = nearest, channels(_resized(grey, largest * 2.0**-nearest))
        cells = smooth_cells(resample(real, (size[0], size[1]), lambdas))
        padded = np.pad(cells, ((0, 0), (PAD, PAD), (PAD, PAD)), mode="edge")
        yield ChannelLevel(padded, size * SHRINK_PX / image_px)


def resample(cells: np.ndarray, size: tuple[int, int], lambdas: np.ndarray) -> np.ndarray:
    """Resample channels (C, H, W) of an image to what they are about at size (width, height) cells, by eq. (5)."""
    if cells.shape[:0:-1] == size:
        return cells
    scale = np.sqrt(size[0] * size[1] / (cells.shape[1] * cells.shape[2]))
    factors = (scale**-lambdas).astype(np.float32)
    resized = np.stack([cv2.resize(channel, size, interpolation=cv2.INTER_LINEAR) for channel in cells])
    return np.asarray(resized * factors[:, None, None])


def estimate_lambdas(images: Iterable[np.ndarray], scales: tuple[float, ...] = (0.5, 0.59, 0.71, 0.84)) -> np.ndarray:
    """Estimate the exponents (C,) float64, fitted to photographs (H, W) uint8 as in section 4.1.

    For each scale the channels' means over all images, of the resampled ones by the original ones; lambda is the slope
    of its logarithm, by least squares through the origin.
    """
    means = np.zeros((1 + len(scales), CHANNELS))
    for grey in images:
        for row, scale in enumerate((1.0, *scales)):
            means[row] += channels(_resized(grey, scale)).mean(axis=(1, 2))
    log_scale = np.log(scales)
    return np.asarray(-(log_scale @ np.log(means[1:] / means[0])) / (log_scale @ log_scale))


def _resized(grey: np.ndarray, scale: float) -> np.ndarray:
    """The image at a scale, cut to whole cells' worth of pixels."""
    width, height = (max(round(side * scale / SHRINK_PX), 1) * SHRINK_PX for side in grey.shape[::-1])
    return np.asarray(
        cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    )
