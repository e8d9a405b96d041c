"""Gabor responses of every pixel by scikit-image, and its kernels by scipy's fast Fourier transforms."""

import numpy as np
from scipy.signal import fftconvolve
from skimage.filters import gabor, gabor_kernel

from eigen2arc.classical.descriptors.gabor_bank import gabor_bank
from eigen2arc.classical.descriptors.gabor_kernel import K_MAX, SPACING
from eigen2arc.classical.encode.encoders.gabor_jets import GaborJets
from eigen2arc.classical.linear.projection import grey

from .race import Peer, Race


def _races(encoder: GaborJets, crops: np.ndarray, labels: np.ndarray) -> list[Race]:
    scales, directions, sigma_rad = encoder.scales, encoder.directions, encoder.sigma_rad
    size_px = crops.shape[1]
    every = tuple(range(size_px))
    bank = gabor_bank(size_px, every, every, scales, directions, sigma_rad)

    def scikit_image(some: np.ndarray) -> np.ndarray:
        return np.stack([gabor_moduli(image, scales, directions, sigma_rad) for image in grey(some)])

    kernels = gabor_kernels(scales, directions, sigma_rad)

    def fourier(some: np.ndarray) -> np.ndarray:
        return np.stack([fourier_moduli(image, kernels) for image in grey(some)])

    def ours(some: np.ndarray) -> np.ndarray:
        return bank.moduli(grey(some))

    what = f"{scales * directions} Gabor kernels, every pixel"
    return [
        Race("gabor_jets", len(crops), encoder.encode),
        Race(what, 1, ours, scikit_image, "scikit-image gabor"),
        Race(what, 1, ours, fourier, "its kernels, scipy.signal.fftconvolve"),
    ]


def gabor_moduli(image: np.ndarray, scales: int, directions: int, sigma_rad: float) -> np.ndarray:
    """Filter a grey image (S, S) with scikit-image's gabor: moduli (scales, directions, S, S) of our bank of kernels.

    Its kernels end three deviations from the middle, ours six, and are not made blind to constant light. Its responses
    are smaller than ours by a factor of 2 pi.
    """
    wide = image.astype(np.float32)
    responses = [gabor(wide, **wave) for waves in _waves(scales, directions, sigma_rad) for wave in waves]
    return np.hypot(*np.moveaxis(np.array(responses), 1, 0)).reshape(scales, directions, *image.shape)


def gabor_kernels(scales: int, directions: int, sigma_rad: float) -> list[np.ndarray]:
    """Sample the kernels of gabor_moduli: scale by scale (directions, side, side) complex64."""
    stacks = []
    for waves in _waves(scales, directions, sigma_rad):
        kernels = [gabor_kernel(**wave) for wave in waves]
        side = max(max(kernel.shape) for kernel in kernels)  # a turned Gaussian ends a pixel earlier or later
        stacks.append(np.stack([_framed(kernel, side) for kernel in kernels]).astype(np.complex64))
    return stacks


def fourier_moduli(image: np.ndarray, kernels: list[np.ndarray]) -> np.ndarray:
    """Filter a grey image as gabor_moduli does, by fast Fourier transforms."""
    moduli = []
    for stack in kernels:
        reach = stack.shape[1] // 2
        mirrored = np.pad(image.astype(np.float32), reach, "symmetric")
        moduli.append(np.abs(fftconvolve(mirrored[None], stack, "valid", axes=(1, 2))))
    return np.stack(moduli)


def _waves(scales: int, directions: int, sigma_rad: float) -> list[list[dict[str, float]]]:
    """What scikit-image calls the parameters of each kernel, scale by scale."""
    ks = [K_MAX / SPACING**scale for scale in range(scales)]
    return [
        [
            {
                "frequency": k / (2 * np.pi),
                "theta": direction * np.pi / directions,
                "sigma_x": sigma_rad / k,
                "sigma_y": sigma_rad / k,
            }
            for direction in range(directions)
        ]
        for k in ks
    ]


def _framed(kernel: np.ndarray, side: int) -> np.ndarray:
    return np.pad(kernel, [((side - length) // 2,) * 2 for length in kernel.shape])


def build() -> Peer:
    """Build the peer; it has no settings."""
    return _races
