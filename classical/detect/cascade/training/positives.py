"""Windows of faces for training a cascade: cut out of images, mirrored, and moved a little."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from eigen2arc.core.errors import UserError
from eigen2arc.core.image import read, to_grey
from eigen2arc.core.image_folder import find_images
from eigen2arc.core.preprocessing.unsharp_mask import unsharp_mask


@dataclass(frozen=True)
class Framing:
    """How a window is laid over an image of a face.

    share : of the image's side that the window covers, around the middle. variants : windows of each image, every
    second one mirrored. shift, scale : standard deviations of place and size, as shares of the window's side.
    turn_degrees : standard deviation of the angle. sharpen : each window's image is sharpened by an amount from 0 up
    to this. A cascade reduces images by plain sampling, in which faces come out crisp; images of faces that were
    enlarged or compressed are smoother than anything that it will see.
    """

    share: float
    variants: int
    shift: float
    scale: float
    turn_degrees: float
    sharpen: float


def face_windows(folders: Sequence[Path], window_px: int, framing: Framing, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Cut windows (N, S, S) uint8 grey of faces; also returns the number (N,) of the image that each was cut from.

    Every image below ``folders`` shows one face in its middle. How image k is moved depends on seed and k only.
    Raises UserError for a folder without images, and for one smaller than a window.
    """
    paths = find_images(list(folders))
    windows = np.empty((len(paths), framing.variants, window_px, window_px), np.uint8)
    for number, path in enumerate(paths):
        grey = to_grey(read(path))
        side = min(grey.shape)
        if side * framing.share < window_px / 2:
            raise UserError(
                f"{path}: {side} pixels are too few, a window of {window_px} would be enlarged more than twice; "
                "choose a smaller window or leave the image out"
            )
        rng = np.random.default_rng([seed, number])
        for variant in range(framing.variants):
            windows[number, variant] = _cut(grey, window_px, framing, rng, mirrored=variant % 2 == 1)
    return windows.reshape(-1, window_px, window_px), np.repeat(np.arange(len(paths)), framing.variants)


def _cut(grey: np.ndarray, window_px: int, framing: Framing, rng: np.random.Generator, mirrored: bool) -> np.ndarray:
    """Cut one window; what lies beyond the image's border repeats the border."""
    height, width = grey.shape
    dx, dy, grow, turn = rng.normal(size=4) * [framing.shift, framing.shift, framing.scale, framing.turn_degrees]
    zoom = window_px / (min(height, width) * framing.share * np.exp(grow))
    # Where the window is much smaller than the face, the image is halved first: sampling alone would alias.
    while zoom < 0.5:
        half = (width + 1) // 2, (height + 1) // 2
        grey, zoom = cv2.resize(grey, half, interpolation=cv2.INTER_AREA), zoom * width / half[0]
        width, height = half
    grey = unsharp_mask(grey, rng.uniform(0, framing.sharpen))
    centre = np.array([width, height]) / 2 - 0.5 + np.array([dx, dy]) * window_px / zoom
    matrix = cv2.getRotationMatrix2D((float(centre[0]), float(centre[1])), float(turn), zoom)
    matrix[:, 2] += (window_px - 1) / 2 - centre
    window = cv2.warpAffine(
        grey, matrix, (window_px, window_px), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(window[:, ::-1] if mirrored else window)
