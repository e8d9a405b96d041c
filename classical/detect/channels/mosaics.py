"""Pictures full of faces, put together from crops: what lies between and within the faces is none.

A detector that has never seen a person takes an eye, an ear or a half of two faces for a face. Photographs without
people teach it nothing about those.
"""

import cv2
import numpy as np

from .negatives import Photograph
from .window_features import CROP_PX, MARGIN_PX

SIDE_PX = 432

#: A face's crop is enlarged to one of these sides, of which SIDE_PX is a multiple: only then windows fit into a face.
TILES_PX = (54, 72, 108, 144)


def mosaics(crops: np.ndarray, count: int, rng: np.random.Generator) -> list[Photograph]:
    """``count`` pictures of SIDE_PX by SIDE_PX, each of random crops (N, 36, 36) uint8 of one size, side by side."""
    return [_mosaic(crops, int(rng.choice(TILES_PX)), rng) for _ in range(count)]


def _mosaic(crops: np.ndarray, tile_px: int, rng: np.random.Generator) -> Photograph:
    grey = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    corners = np.arange(0, SIDE_PX, tile_px)
    faces = []
    for top in corners:
        for left in corners:
            crop = crops[rng.integers(len(crops))]
            size = (tile_px, tile_px)
            grey[top : top + tile_px, left : left + tile_px] = cv2.resize(crop, size, interpolation=cv2.INTER_CUBIC)
            margin = MARGIN_PX * tile_px / CROP_PX
            faces.append([left + margin, top + margin, left + tile_px - margin, top + tile_px - margin])
    return Photograph(grey, np.array(faces))
