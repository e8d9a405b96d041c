"""Our bank of Gabor kernels by other libraries: scikit-image's filter, and its kernels by fast Fourier transforms.

Kernels end three deviations from the middle, ours six, and are not made blind to constant light. Responses are smaller
than ours by a factor of 2 pi.
"""

import numpy as np
from scipy.signal import fftconvolve
from skimage.filters import gabor, gabor_kernel

from eigen2arc.classical.descriptors.gabor_kernel import K_MAX, SPACING


def gabor_moduli(image: np.ndarray, scales: int, directions: int, sigma_rad: float) -> np.ndarray:
    """A grey image (S, S) to (scales, directions, S, S), for the bank of classical/descriptors/gabor_kernel.py."""
    wide = image.astype(np.float32)
    responses = [gabor(wide, **wave) for waves in _waves(scales, directions, sigma_rad) for wave in waves]
    return np.hypot(*np.moveaxis(np.array(responses), 1, 0)).reshape(scales, directions, *image.shape)


def gabor_kernels(scales: int, directions: int, sigma_rad: float) -> list[np.ndarray]:
    """Those of gabor_moduli: scale by scale (directions, side, side) complex64."""
    stacks = []
    for waves in _waves(scales, directions, sigma_rad):
        kernels = [gabor_kernel(**wave) for wave in waves]
        side = max(max(kernel.shape) for kernel in kernels)  # a turned Gaussian ends a pixel earlier or later
        stacks.append(np.stack([_framed(kernel, side) for kernel in kernels]).astype(np.complex64))
    return stacks


def fourier_moduli(image: np.ndarray, kernels: list[np.ndarray]) -> np.ndarray:
    """The same as gabor_moduli, by fast Fourier transforms."""
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
