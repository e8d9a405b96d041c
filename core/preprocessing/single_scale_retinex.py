"""Single-scale retinex: how bright a point is beside what is around it (Jobson, Rahman and Woodell 1997).

D. Jobson, Z. Rahman, G. Woodell, "Properties and Performance of a Center/Surround Retinex", IEEE Trans. Image
Processing 6(3), 1997:

    R(x, y) = log I(x, y) - log [F(x, y) * I(x, y)],   F(x, y) = K exp(-(x^2 + y^2) / c^2),

where K makes the surround F sum to 1. The logarithm stands after the surround is formed. Light that changes slowly is
in I and in F * I alike and drops out of the ratio; so does its strength. As in the paper one gain and offset is used
for all images, here the one of core.luma.LOG_RATIO_RANGE.
"""

from dataclasses import dataclass
from typing import Annotated

import cv2
import numpy as np

from eigen2arc.core.bounds import Ge, Le
from eigen2arc.core.luma import LOG_RATIO_RANGE, from_signed, on_luma


def single_scale_retinex(grey: np.ndarray, c_px: float) -> np.ndarray:
    """Compute the retinex R (H, W) float64 of a grey image (H, W) of any dtype from 0 up.

    It is 0 where a point is as bright as its surround.
    c_px : the surround's space constant; c / sqrt(2) is the Gaussian's standard deviation. One grey level is added to
    I, because black has no logarithm. Beyond its border the image is continued by its mirror image.
    """
    i = grey + 1.0
    surround = cv2.GaussianBlur(i, (0, 0), c_px / np.sqrt(2), borderType=cv2.BORDER_REFLECT)
    return np.log(i) - np.log(surround)


@dataclass(frozen=True)
class SingleScaleRetinex:
    """Preprocessing step: the single-scale retinex of the luma.

    c_px : the surround's space constant.
    Small, and shadows go but so do broad forms; large, and the face looks natural but shadows stay. The paper's 80 px
    is for scenes; a fifth of the crop's width suits a face.
    """

    c_px: Annotated[float, Ge(0.5), Le(1000)] = 20.0

    def apply(self, crops: np.ndarray) -> np.ndarray:
        """Apply the retinex to the luma of crops (N, S, S, 3) uint8, see core/luma.py. The surround is mid-grey."""
        return on_luma(crops, lambda grey: from_signed(single_scale_retinex(grey, self.c_px), LOG_RATIO_RANGE))


build = SingleScaleRetinex
