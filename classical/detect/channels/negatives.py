"""Negatives for the channel detector: windows of pictures without faces, at random or those that it takes for faces."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from eigen2arc.core.geometry import iou, nms

from .channel_cascade import ChannelCascade
from .window_features import CROP_PX, WINDOW_PX

#: Windows that overlap one another more than this (IoU) show the same thing.
ALIKE = 0.5

#: A window that shares more than this (IoU) with the window of a face is none without a face.
FACE = 0.3

#: Side of the smallest windows, about that of a detector's: an enlarged picture has false alarms of its own.
LEAST_PX = 0.72 * WINDOW_PX


@dataclass(frozen=True)
class Photograph:
    """grey : (H, W) uint8. faces : (K, 4) the windows x1 y1 x2 y2 of all faces in it; none in a background."""

    grey: np.ndarray
    faces: np.ndarray = field(default_factory=lambda: np.zeros((0, 4)))


def random_crops(grey: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """(count, 36, 36) uint8: square windows of (H, W) uint8, their sides evenly spread on a logarithmic scale."""
    most = min(grey.shape)
    sides = np.exp(rng.uniform(np.log(min(LEAST_PX, most)), np.log(most), count))
    corners = rng.uniform(0, 1, (count, 2)) * (np.array(grey.shape[::-1]) - sides[:, None])
    return cut_windows(grey, np.concatenate([corners, corners + sides[:, None]], axis=1))


def hard_crops(cascade: ChannelCascade, photograph: Photograph, most: int) -> np.ndarray:
    """Up to ``most`` crops (N, 36, 36) uint8: the windows that are wrongly taken for faces, none like another.

    The surest ones first.
    """
    windows, scores = cascade.windows(photograph.grey, LEAST_PX)
    wrong = (iou(windows, photograph.faces) <= FACE).all(axis=1)
    windows, scores = windows[wrong], scores[wrong]
    best = np.argsort(-scores, kind="stable")[: 20 * most]
    kept = best[nms(windows[best], scores[best], ALIKE)[:most]]
    return cut_windows(photograph.grey, windows[kept])


def cut_windows(grey: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """Windows (N, 4) x1 y1 x2 y2 of (H, W) uint8 to crops (N, 36, 36), with the margin; borders are repeated."""
    crops = np.zeros((len(windows), CROP_PX, CROP_PX), np.uint8)
    for crop, (x1, y1, x2, y2) in zip(crops, windows, strict=True):
        half = (x2 - x1) / 2 * CROP_PX / WINDOW_PX
        left, right = round((x1 + x2) / 2 - half), round((x1 + x2) / 2 + half)
        top = round((y1 + y2) / 2 - half)
        bottom = top + right - left
        rows = np.clip(np.arange(top, bottom), 0, grey.shape[0] - 1)
        columns = np.clip(np.arange(left, right), 0, grey.shape[1] - 1)
        patch = grey[np.ix_(rows, columns)]
        how = cv2.INTER_AREA if len(patch) > CROP_PX else cv2.INTER_LINEAR
        crop[:] = cv2.resize(patch, (CROP_PX, CROP_PX), interpolation=how)
    return crops
