"""Light compensation by DCT: low-frequency coefficients of the log image are removed (Chen, Er and Wu 2006).

W. Chen, M. J. Er, S. Wu, "Illumination Compensation and Normalization for Robust Face Recognition Using Discrete Cosine
Transform in Logarithm Domain", IEEE Trans. SMC-B 36(2), 2006. Light times reflectance is a sum in the logarithm, and
light varies slowly: of the discrete cosine coefficients C(u, v) of log f the first D_dis after C(0, 0), in zig-zag
order, are set to 0, and C(0, 0), the mean, to that of a fixed grey, which takes away the strength of the light.
As in the paper the result stays a logarithm: of the ratio to that grey, which is brought to grey levels by the rule of
core.luma.LOG_RATIO_RANGE.
"""

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from eigen2arc.core.bounds import Ge, Le
from eigen2arc.core.luma import LOG_RATIO_RANGE, from_signed, on_luma


def dct_light(grey: np.ndarray, d_dis: int) -> np.ndarray:
    """Remove the low-frequency DCT coefficients of the log of a grey image (S, S), from 0 up: float64 (S, S), mean 0.

    These are the coefficient C(0, 0) of log f and the next ``d_dis``. One grey level is added, because black has no
    logarithm. Only the coefficients that go are computed, and their waves subtracted: log f - sum of C(u, v) cos_u
    cos_v. The sides need not be even, as OpenCV's transform wants them.
    """
    log_f = np.log(grey + 1.0)
    discarded = zigzag(min(1 + d_dis, log_f.size), len(log_f))
    waves = cosines(1 + int(discarded.max()), len(log_f))
    c = waves @ log_f @ waves.T
    slow = np.zeros_like(c)
    u, v = discarded.T
    slow[u, v] = c[u, v]
    return np.asarray(log_f - waves.T @ slow @ waves)


def cosines(count: int, size_px: int) -> np.ndarray:
    """Compute the first basis functions of the orthonormal DCT-II: (count, size_px) float64, rows of length 1.

    alpha(u) cos(pi (2x + 1) u / (2 S)), alpha(0) = sqrt(1 / S), alpha(u) = sqrt(2 / S).
    """
    u, x = np.arange(count)[:, None], np.arange(size_px)
    waves: np.ndarray = np.sqrt(2 / size_px) * np.cos(np.pi * (2 * x + 1) * u / (2 * size_px))
    waves[0] = np.sqrt(1 / size_px)
    return waves


def zigzag(count: int, size_px: int) -> np.ndarray:
    """List the first (u, v) of a square in JPEG's order: (count, 2) int64.

    (0, 0) (0, 1) (1, 0) (2, 0) (1, 1) (0, 2) ...
    """
    u, v = np.divmod(np.arange(size_px**2), size_px)
    diagonal = u + v
    along = np.where(diagonal % 2, u, v)  # odd diagonals run down to the left, even ones up to the right
    return np.stack([u, v], axis=1)[np.lexsort((along, diagonal))[:count]]


@dataclass(frozen=True)
class DCTLight:
    """Preprocessing step: light compensation by DCT, of the luma.

    d_dis : how many coefficients after C(0, 0) are discarded.
    20 are the waves of up to two and a half periods across the crop. With more, harder shadows go, and broad forms of
    the face with them.
    """

    d_dis: Annotated[int, Ge(0), Le(2000)] = 20

    def apply(self, crops: np.ndarray) -> np.ndarray:
        """Compensate the light in the luma of crops (N, S, S, 3) uint8, see core/luma.py. The mean log is mid-grey."""
        return on_luma(crops, lambda grey: from_signed(dct_light(grey, self.d_dis), LOG_RATIO_RANGE))


build = DCTLight
