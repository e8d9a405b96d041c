"""Tan-Triggs: gamma, a difference of Gaussians, and robust two-stage contrast normalisation (2010).

X. Tan, B. Triggs, "Enhanced Local Texture Feature Sets for Face Recognition Under Difficult Lighting Conditions", IEEE
Trans. Image Processing 19(6), 2010, section II; the defaults are theirs. Their mask, for hair and the like, is left
out: an aligned crop shows the face alone.

The chain's result is real-valued, a crop has 256 levels. In light from the side half of the values lie within a tenth
of the range; in equal steps they would share 26 levels, and the local patterns of the shadows would be those of the
rounding. So the root of the values is what is rounded. LBP histograms want small regions in such light, too: see
the grid of lbp_histogram.
"""

from dataclasses import dataclass
from typing import Annotated

import cv2
import numpy as np

from eigen2arc.core.bounds import Ge, Le
from eigen2arc.core.errors import UserError
from eigen2arc.core.luma import from_signed, on_luma

#: A difference of Gaussians below this is rounding: in a flat image it would be all that there is to equalize.
NOTHING = 1e-9


def tan_triggs(
    grey: np.ndarray, gamma: float, sigma0_px: float, sigma1_px: float, alpha: float, tau: float
) -> np.ndarray:
    """Apply the chain to a grey image (H, W) of any dtype from 0 up: (H, W) float64, -tau..tau.

    gamma, sigma0_px, sigma1_px, alpha, tau : see build(). Times a constant, the image gives the same result; so,
    nearly, does one under light that changes slowly.
    """
    i = difference_of_gaussians(grey.astype(np.float64) ** gamma, sigma0_px, sigma1_px)
    return equalize_contrast(i, alpha, tau)


def difference_of_gaussians(i: np.ndarray, sigma0_px: float, sigma1_px: float) -> np.ndarray:
    """Compute the difference of two Gaussians of i (H, W), a band-pass.

    sigma1 takes away shading, which is broad, and sigma0 noise, which is fine.
    """
    inner, outer = (cv2.GaussianBlur(i, (0, 0), s, borderType=cv2.BORDER_REFLECT) for s in (sigma0_px, sigma1_px))
    difference = inner - outer
    return np.where(np.abs(difference) < NOTHING, 0.0, difference)


def equalize_contrast(i: np.ndarray, alpha: float, tau: float) -> np.ndarray:
    """Equalize the contrast robustly in two stages, then compress it to -tau..tau by tanh.

    I <- I / mean(|I|^alpha)^(1/alpha); I <- I / mean(min(tau, |I|)^alpha)^(1/alpha); I <- tau tanh(I / tau).
    A small alpha makes large values (glints, edges of shadows) weigh little in the mean.
    """
    if not i.any():
        return i
    i = i / np.mean(np.abs(i) ** alpha) ** (1 / alpha)
    i = i / np.mean(np.minimum(tau, np.abs(i)) ** alpha) ** (1 / alpha)
    return tau * np.tanh(i / tau)


def signed_root(values: np.ndarray) -> np.ndarray:
    """Compute the square root of the values' size, with their sign: -1..1 stays -1..1, order and 0 what they were."""
    return np.asarray(np.sign(values) * np.sqrt(np.abs(values)))


@dataclass(frozen=True)
class TanTriggs:
    """Preprocessing step: the chain of Tan and Triggs on the luma.

    gamma : the power of the first step. sigma0_px, sigma1_px : the inner and outer Gaussian, the outer
    one wider. alpha, tau : see equalize_contrast.
    """

    gamma: Annotated[float, Ge(0.05), Le(1)] = 0.2
    sigma0_px: Annotated[float, Ge(0.2), Le(100)] = 1.0
    sigma1_px: Annotated[float, Ge(0.2), Le(100)] = 2.0
    alpha: Annotated[float, Ge(0.05), Le(2)] = 0.1
    tau: Annotated[float, Ge(1), Le(100)] = 10.0

    def __post_init__(self) -> None:
        if self.sigma0_px >= self.sigma1_px:
            raise UserError(f"tan_triggs: sigma1_px = {self.sigma1_px}: expected more than sigma0_px, {self.sigma0_px}")

    def apply(self, crops: np.ndarray) -> np.ndarray:
        """Apply the chain to the luma of crops (N, S, S, 3) uint8, see core/luma.py. Its root becomes 1..255."""
        return on_luma(crops, lambda grey: from_signed(signed_root(self._of(grey) / self.tau), 1.0))

    def _of(self, grey: np.ndarray) -> np.ndarray:
        return tan_triggs(grey, self.gamma, self.sigma0_px, self.sigma1_px, self.alpha, self.tau)


build = TanTriggs
