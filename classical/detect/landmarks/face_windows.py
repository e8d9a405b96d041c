"""Face windows: the surroundings of a detector's box as one small grey image, the same for every size of face."""

import numpy as np

from eigen2arc.core.checks import check_shape
from eigen2arc.core.geometry import warp

#: Side of a window, and of the box in its middle: the eyes of a face are about 26 pixels apart.
WINDOW_PX = 144
BOX_PX = 72


def scales_and_shifts(boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute for boxes (N, 4) the z (N,) and t (N, 2) of their windows: the image's point p lies at z p + t.

    A box that is not square counts as the square of the same area around its centre. Pixel centres are at whole
    numbers, box edges between them.
    """
    check_shape(boxes, "N 4", "boxes")
    boxes = boxes.astype(np.float64)
    size = np.clip(boxes[:, 2:] - boxes[:, :2], 1e-3, None)  # a box without extent still has a position
    scale = BOX_PX / np.sqrt(size.prod(axis=1))
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2 - 0.5
    return scale, (WINDOW_PX - 1) / 2 - scale[:, None] * centre


def cut_windows(grey: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Cut the windows (N, WINDOW_PX, WINDOW_PX) uint8 of boxes (N, 4) from a grey image (H, W) uint8.

    Outside the image its border is repeated, as sift_at_points() does outside the window: SIFT takes a black border for
    the outline of a face.
    """
    windows = np.empty((len(boxes), WINDOW_PX, WINDOW_PX), np.uint8)
    for window, z, t in zip(windows, *scales_and_shifts(boxes), strict=True):
        window[:] = warp(grey, np.array([[z, 0.0, t[0]], [0.0, z, t[1]]]), WINDOW_PX, repeat_border=True)
    return windows


def to_windows(points: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Convert points (N, P, 2) in the image to those in each box's window."""
    scale, shift = scales_and_shifts(boxes)
    return scale[:, None, None] * points + shift[:, None]


def to_image(points: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Convert points (N, P, 2) in each box's window to those in the image."""
    scale, shift = scales_and_shifts(boxes)
    return (points - shift[:, None]) / scale[:, None, None]
