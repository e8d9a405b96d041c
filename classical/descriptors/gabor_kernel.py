"""Gabor kernels: a plane wave under a Gaussian, which responds to stripes of one width and one direction.

D. Gabor, "Theory of Communication", J. IEE 93, 1946; in the form that L. Wiskott, J.-M. Fellous, N. Krüger, C. von der
Malsburg, "Face Recognition by Elastic Bunch Graph Matching", PAMI 19(7), 1997, give it in eqs. (2) and (3):

    psi_j(x) = k_j^2 / sigma^2 exp(-k_j^2 x^2 / (2 sigma^2)) [exp(i k_j x) - exp(-sigma^2 / 2)],
    k_j = k_nu (cos phi_mu, sin phi_mu),  k_nu = k_max / f^nu,  phi_mu = mu pi / 8.
"""

from typing import NamedTuple

import numpy as np

#: Their bank: the shortest wave is 4 pixels long, each scale is sqrt(2) wider than the one before.
K_MAX, SPACING = np.pi / 2, np.sqrt(2)


class GaborKernel(NamedTuple):
    """psi(x, y) = gain (wave_y(y) wave_x(x) - offset bell(y) bell(x)) at whole pixels from -reach to reach.

    Both parts are products of a row and a column, because the exponent of the Gaussian is a sum over the axes, and so
    is that of the wave. wave_x, wave_y : (2 reach + 1,) complex128. bell : (2 reach + 1,) float64. offset makes psi
    blind to constant light.
    """

    wave_x: np.ndarray
    wave_y: np.ndarray
    bell: np.ndarray
    offset: float
    gain: float

    def sampled(self) -> np.ndarray:
        """Sample psi as a square (2 reach + 1, 2 reach + 1) complex128, rows y, columns x."""
        both = np.outer(self.wave_y, self.wave_x) - self.offset * np.outer(self.bell, self.bell)
        return np.asarray(self.gain * both)


def gabor_kernel(scale: int, direction: int, directions: int, sigma_rad: float, reach_px: int) -> GaborKernel:
    """Compute psi_j for nu = ``scale`` and mu = ``direction`` of ``directions`` over half a turn.

    sigma_rad : width of the Gaussian as the wave's phase at one deviation (2 pi in the paper: one wave long).
    """
    k = K_MAX / SPACING**scale
    phi = direction * np.pi / directions
    x = np.arange(-reach_px, reach_px + 1)
    bell = np.exp(-((k * x) ** 2) / (2 * sigma_rad**2))
    wave_x, wave_y = bell * np.exp(1j * k * np.cos(phi) * x), bell * np.exp(1j * k * np.sin(phi) * x)
    return GaborKernel(wave_x, wave_y, bell, np.exp(-(sigma_rad**2) / 2), k**2 / sigma_rad**2)


def gabor_kernels(scales: int, directions: int, sigma_rad: float, reach_px: int) -> list[GaborKernel]:
    """List the kernels of a whole bank, direction by direction within scale by scale."""
    return [
        gabor_kernel(scale, direction, directions, sigma_rad, reach_px)
        for scale in range(scales)
        for direction in range(directions)
    ]
