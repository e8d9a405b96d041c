"""The scales at which a cascade's window scans an image, and the image reduced to each of them.

Viola and Jones enlarge the window; reducing the image instead (as OpenCV's cascades expect) keeps every feature on
whole pixels. Rounding follows OpenCV's `detectMultiScale` to the last bit, so that the windows are the same ones.
"""

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Level:
    """One scale. scale : pixels of the image per pixel of the level. step_px : how far the window moves at a time.

    columns_px, rows_px : the window's corner takes the positions 0, step_px, ... below these.
    """

    scale: np.float32
    size_px: tuple[int, int]
    step_px: int
    columns_px: int
    rows_px: int

    @property
    def windows(self) -> tuple[int, int]:
        """Rows and columns of windows. By rounding, the level may be a pixel smaller than a window: then one is 0."""
        return -(-self.rows_px // self.step_px), -(-self.columns_px // self.step_px)

    def reduce(self, image: np.ndarray) -> np.ndarray:
        """Resize an image (H, W) uint8 to this scale, interpolated linearly in integers: the same on every machine."""
        return np.asarray(cv2.resize(image, self.size_px, interpolation=cv2.INTER_LINEAR_EXACT))


def window_at(window_px: tuple[int, int], scale: float | np.float32) -> tuple[int, int]:
    """Return width and height in the image of a window (width, height) found at a scale; halves go to even."""
    return round(window_px[0] * scale), round(window_px[1] * scale)


def scales_for(
    image_px: tuple[int, int], window_px: tuple[int, int], factor: float, min_size_px: int, max_size_px: int
) -> list[np.float32]:
    """List the scales 1, factor, factor**2, ... at which the window fits into the image and is as large as wanted.

    image_px, window_px : (width, height). max_size_px : 0 for no limit. Where no window has a wanted size, but some fit
    into the image, the scale nearest to min_size_px alone is searched, as OpenCV does.
    """
    fitting = []
    scale = 1.0
    while all(side <= limit for side, limit in zip(window_at(window_px, scale), image_px, strict=True)):
        fitting.append(np.float32(scale))
        scale *= factor
    limits_px = (max_size_px, max_size_px) if max_size_px else image_px
    wanted = [
        scale
        for scale in fitting
        if all(min_size_px <= side <= limit for side, limit in zip(window_at(window_px, scale), limits_px, strict=True))
    ]
    if wanted or not fitting:
        return wanted
    return [min(fitting, key=lambda scale: sum((min_size_px - s) ** 2 for s in window_at(window_px, scale)))]


def levels_for(image_px: tuple[int, int], window_px: tuple[int, int], scales: list[np.float32]) -> list[Level]:
    """List the levels of an image (width, height) for these scales.

    The positions of the first level are cut into stripes of about 32 columns' worth of work, and every level's rows
    into as many. OpenCV leaves out an odd last row where the stripes do not reach it; so do we.
    """
    levels: list[Level] = []
    stripes = 0
    for scale in scales:
        size_px = (round(np.float32(image_px[0]) / scale), round(np.float32(image_px[1]) / scale))
        columns, rows = (max(side + 1 - window, 0) for side, window in zip(size_px, window_px, strict=True))
        step = 1 if scale >= 2 else 2
        stripes = stripes or max(-(-columns // 32), 1)
        stripe_rows = max((rows // step + stripes - 1) // stripes, 1) * step
        levels.append(Level(scale, size_px, step, columns, min(rows, stripes * stripe_rows)))
    return levels
