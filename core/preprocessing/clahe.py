"""CLAHE: histogram equalisation tile by tile, with a limit to how much contrast it may add (Zuiderveld 1994).

K. Zuiderveld, "Contrast Limited Adaptive Histogram Equalization", Graphics Gems IV, 1994: each tile has a curve of its
own; what its histogram holds above the limit is shared out among all levels, so that no stretch of the curve is steeper
than the limit; between the tiles' centres the curves are interpolated bilinearly, so that no tile shows.
"""

from dataclasses import dataclass
from typing import Annotated

import cv2
import numpy as np

from eigen2arc.core.bounds import Ge, Le
from eigen2arc.core.luma import on_luma


def clahe(grey: np.ndarray, clip_limit: float, tiles: int) -> np.ndarray:
    """Equalize the histogram of a grey image (H, W) uint8 tile by tile, with limited contrast.

    clip_limit : how many times the even share of pixels (tile's pixels / 256) a level may hold. tiles : along a side.
    """
    return cv2.createCLAHE(clip_limit, (tiles, tiles)).apply(np.ascontiguousarray(grey))


@dataclass(frozen=True)
class CLAHE:
    """Preprocessing step: contrast-limited adaptive histogram equalization of the luma.

    clip_limit : of the contrast; 1 leaves it nearly as it is. tiles : along each side.
    Four tiles a side of a 112 px face are 28 px each: an eye or the mouth.
    """

    clip_limit: Annotated[float, Ge(1), Le(100)] = 2.0
    tiles: Annotated[int, Ge(1), Le(32)] = 4

    def apply(self, crops: np.ndarray) -> np.ndarray:
        """Equalize the luma of crops (N, S, S, 3) uint8, see core/luma.py."""
        return on_luma(crops, lambda grey: clahe(grey, self.clip_limit, self.tiles))


build = CLAHE
