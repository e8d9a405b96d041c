"""Negatives for the channel detector: windows without a face, at random or those that it takes for faces.

They come from photographs without people and from mosaics, images full of faces, put together from crops: a detector
that has never seen a person takes an eye, an ear or a half of two faces for a face, and photographs without people
teach it nothing about those.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np

from eigen2arc.classical.detect.channels.engine.channel_cascade import ChannelCascade
from eigen2arc.classical.detect.channels.engine.window_features import CROP_PX, MARGIN_PX, WINDOW_PX
from eigen2arc.core.geometry import iou, nms

#: Windows that overlap one another more than this (IoU) show the same thing.
ALIKE = 0.5

#: A window that shares more than this (IoU) with the window of a face is none without a face.
FACE = 0.3

#: Side of the smallest windows, about that of a detector's: an enlarged image has false alarms of its own.
LEAST_PX = 0.72 * WINDOW_PX

#: Side of a mosaic.
MOSAIC_PX = 432

#: A face's crop is enlarged to one of these sides, of which MOSAIC_PX is a multiple: only then windows fit into a face.
TILES_PX = (54, 72, 108, 144)


@dataclass(frozen=True)
class Photograph:
    """A grey image, and where the faces in it are.

    grey : (H, W) uint8. faces : (K, 4) the windows x1 y1 x2 y2 of all faces in it; none in a background.
    """

    grey: np.ndarray
    faces: np.ndarray = field(default_factory=lambda: np.zeros((0, 4)))


def random_crops(grey: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw square windows (count, 36, 36) of (H, W) uint8, their sides evenly spread on a logarithmic scale."""
    most = min(grey.shape)
    sides = np.exp(rng.uniform(np.log(min(LEAST_PX, most)), np.log(most), count))
    corners = rng.uniform(0, 1, (count, 2)) * (np.array(grey.shape[::-1]) - sides[:, None])
    return cut_windows(grey, np.concatenate([corners, corners + sides[:, None]], axis=1))


def hard_crops(cascade: ChannelCascade, photograph: Photograph, most: int) -> np.ndarray:
    """Find up to ``most`` crops (N, 36, 36) uint8 that are wrongly taken for faces, none like another.

    The surest ones come first.
    """
    windows, scores = cascade.windows(photograph.grey, LEAST_PX)
    wrong = (iou(windows, photograph.faces) <= FACE).all(axis=1)
    windows, scores = windows[wrong], scores[wrong]
    best = np.argsort(-scores, kind="stable")[: 20 * most]
    kept = best[nms(windows[best], scores[best], ALIKE)[:most]]
    return cut_windows(photograph.grey, windows[kept])


def cut_windows(grey: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """Cut windows (N, 4) x1 y1 x2 y2 of (H, W) uint8 as crops (N, 36, 36), with the margin; borders are repeated."""
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


def mosaics(crops: np.ndarray, count: int, rng: np.random.Generator) -> list[Photograph]:
    """Build ``count`` images of side MOSAIC_PX, each of random crops (N, 36, 36) uint8 of one size, side by side."""
    return [_mosaic(crops, int(rng.choice(TILES_PX)), rng) for _ in range(count)]


def _mosaic(crops: np.ndarray, tile_px: int, rng: np.random.Generator) -> Photograph:
    grey = np.zeros((MOSAIC_PX, MOSAIC_PX), np.uint8)
    corners = np.arange(0, MOSAIC_PX, tile_px)
    faces = []
    for top in corners:
        for left in corners:
            crop = crops[rng.integers(len(crops))]
            size = (tile_px, tile_px)
            grey[top : top + tile_px, left : left + tile_px] = cv2.resize(crop, size, interpolation=cv2.INTER_CUBIC)
            margin = MARGIN_PX * tile_px / CROP_PX
            faces.append([left + margin, top + margin, left + tile_px - margin, top + tile_px - margin])
    return Photograph(grey, np.array(faces))
