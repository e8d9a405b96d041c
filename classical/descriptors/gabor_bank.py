"""A bank of Gabor kernels on whole crops: the modulus of every response on a grid of points (Wiskott et al. 1997).

A kernel of classical/descriptors/gabor_kernel.py is a column times a row, so its responses on a grid are two matrix
products, down^T image across. For 40 kernels on faces of a hundred pixels that is faster than Fourier transforms, and
points that are not asked for cost nothing. Directions phi and pi - phi share their products: along x the one's wave
runs backwards through the other's.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numba import njit

from .gabor_kernel import K_MAX, SPACING, GaborKernel, gabor_kernel

#: Kernels end this many deviations of their Gaussian from the middle: there it is e^-18.
DEVIATIONS = 6


class GaborBank:
    """Gabor responses of whole images on a grid of points.

    Beyond its border an image goes on as its mirror image, edge pixel first (numpy calls it "symmetric"). size_px : S
    of the images. rows, columns : R and C pixels, at whose crossings responses are taken. scales, directions, sigma_rad
    : see classical/descriptors/gabor_kernel.py.
    """

    def __init__(
        self, size_px: int, rows: Sequence[int], columns: Sequence[int], scales: int, directions: int, sigma_rad: float
    ) -> None:
        self.shape = (scales, directions, len(rows), len(columns))
        kernels = [
            [_kernel(scale, direction, directions, sigma_rad) for direction in range(directions // 2 + 1)]
            for scale in range(scales)
        ]
        # (scales, directions to a quarter of a turn, 2 R, S): the rows of the real part, then those of the imaginary.
        self._down = _lines([[k.gain * folded(k.wave_y, size_px, rows) for k in scale] for scale in kernels])
        self._across = _lines([[folded(k.wave_x, size_px, columns) for k in scale] for scale in kernels])
        # (scales, R, S): what makes kernels blind to constant light is the same in all directions.
        bells = [scale[0] for scale in kernels]
        self._bell_down = np.array([k.gain * k.offset * folded(k.bell, size_px, rows).T for k in bells], np.float32)
        self._bell_across = np.array([folded(k.bell, size_px, columns).T for k in bells], np.float32)

    def moduli(self, images: np.ndarray) -> np.ndarray:
        """Compute the moduli (N, scales, directions, R, C) float32, from 0 up, of (N, S, S) grey images, 0..255.

        One image at a time, in products of always the same shape: BLAS adds up others in another order, and an image
        would get other values alone than among others.
        """
        out = np.empty((len(images), *self.shape), np.float32)
        # The same memory for all images: fresh megabytes cost more than what is computed in them.
        across = np.empty_like(self._across)
        waves = np.empty((*self._down.shape[:3], self._across.shape[2]), np.float32)
        for image, moduli in zip(images, out, strict=True):
            turned = image.T.astype(np.float32)
            np.matmul(self._across, turned, out=across)
            np.matmul(self._down, across.swapaxes(-1, -2), out=waves)
            bells = self._bell_down @ (self._bell_across @ turned).swapaxes(-1, -2)
            _moduli(waves, bells, moduli)
        return out


#: One bank for each size of crops and each setting in use.
gabor_bank = lru_cache(8)(GaborBank)


def _kernel(scale: int, direction: int, directions: int, sigma_rad: float) -> GaborKernel:
    deviation_px = sigma_rad * SPACING**scale / K_MAX
    return gabor_kernel(scale, direction, directions, sigma_rad, int(np.ceil(DEVIATIONS * deviation_px)))


def folded(line: np.ndarray, size_px: int, points: Sequence[int]) -> np.ndarray:
    """Lay out a correlation with ``line`` (2 reach + 1,) as a matrix (S, points).

    A row of S pixels times the matrix is the correlation at each of ``points``. What of the line reaches over an end of
    the row is folded back, as if the row went on as its mirror image.
    """
    reach = len(line) // 2
    matrix = np.zeros((size_px, len(points)), line.dtype)
    for column, point in enumerate(points):
        pixel = (point + np.arange(-reach, reach + 1)) % (2 * size_px)
        np.add.at(matrix[:, column], np.minimum(pixel, 2 * size_px - 1 - pixel), line)
    return matrix


def _lines(waves: list[list[np.ndarray]]) -> np.ndarray:
    """(S, points) complex128 for each scale and direction, to (scales, directions, 2 points, S) float32."""
    return np.array([[np.concatenate([wave.real.T, wave.imag.T]) for wave in scale] for scale in waves], np.float32)


@njit(cache=True)
def _moduli(waves: np.ndarray, bells: np.ndarray, out: np.ndarray) -> None:
    """|wave - bell| from the products of real and imaginary parts.

    waves : (scales, directions, 2 R, 2 C). bells : (scales, R, C). out : (scales, all directions, R, C). With y = a +
    ib down and x = c + id across, yx = ac - bd + i (ad + bc); d changes its sign where the wave runs backwards.
    """
    scales, directions, rows, columns = out.shape
    for scale in range(scales):
        for direction in range(directions):
            product = waves[scale, min(direction, directions - direction)]
            sign = np.float32(1 if direction <= directions // 2 else -1)
            for row in range(rows):
                ac, ad = product[row, :columns], product[row, columns:]
                bc, bd = product[rows + row, :columns], product[rows + row, columns:]
                bell, modulus = bells[scale, row], out[scale, direction, row]
                for column in range(columns):
                    real = ac[column] - sign * bd[column] - bell[column]
                    imaginary = sign * ad[column] + bc[column]
                    modulus[column] = np.sqrt(real * real + imaginary * imaginary)
