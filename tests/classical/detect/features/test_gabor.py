"""Gabor kernels and magnitudes against OpenCV's kernels and its plain filter."""

import cv2
import numpy as np
import pytest

from eigen2arc.classical.descriptors.gabor_kernel import gabor_kernel, gabor_kernels
from eigen2arc.classical.detect.features.gabor import STEP_PX
from eigen2arc.core.plugins import build

REACH = 20


@pytest.mark.parametrize("scale", [0, 2, 4])
@pytest.mark.parametrize("direction", [0, 1, 3, 4, 7])
def test_the_kernel_is_that_of_opencv_without_its_mean(scale: int, direction: int) -> None:
    """cv2's has neither the factor k^2 / sigma^2 nor the term that makes it blind to constant light."""
    sigma = np.pi
    k = np.pi / 2 / np.sqrt(2) ** scale
    ours = gabor_kernel(scale, direction, 8, sigma, REACH).sampled()
    y, x = np.mgrid[-REACH : REACH + 1, -REACH : REACH + 1]
    bell = np.exp(-(k**2) * (x**2 + y**2) / (2 * sigma**2))
    side, deviation, angle, wavelength = 2 * REACH + 1, sigma / k, direction * np.pi / 8, 2 * np.pi / k
    for part, phase, constant in ((ours.real, 0, np.exp(-(sigma**2) / 2)), (ours.imag, -np.pi / 2, 0)):
        theirs = cv2.getGaborKernel((side, side), deviation, angle, wavelength, 1.0, phase)
        # cv2 fills its kernel from the far corner on: it is ours turned by half a turn.
        np.testing.assert_allclose(part / (k / sigma) ** 2, theirs[::-1, ::-1] - constant * bell, atol=1e-12)


def test_constant_light_is_not_seen() -> None:
    for kernel in gabor_kernels(5, 8, np.pi, 60):
        assert abs(kernel.sampled().sum()) < 1e-6 * np.abs(kernel.sampled()).sum()


def test_magnitudes_equal_a_plain_filter_averaged_over_cells(rng: np.random.Generator) -> None:
    size_px, grid = 16, 2
    windows = rng.integers(0, 256, (3, size_px, size_px), dtype=np.uint8)
    ours = build("feature", "gabor", size_px=size_px, scales=3, directions=4, grid=grid).describe(windows)
    for window, vector in zip(windows, ours, strict=True):
        image = (window - window.mean()) / window.std()
        wide = np.pad(image, 2 * size_px, mode="symmetric")
        for kernel, cells in zip(gabor_kernels(3, 4, np.pi, 2 * size_px), vector.reshape(-1, grid, grid), strict=True):
            real, imaginary = (
                cv2.filter2D(wide, cv2.CV_64F, part) for part in (kernel.sampled().real, kernel.sampled().imag)
            )
            inside = np.hypot(real, imaginary)[2 * size_px : 3 * size_px : STEP_PX, 2 * size_px : 3 * size_px : STEP_PX]
            means = inside.reshape(grid, -1, grid, len(inside) // grid).mean(axis=(1, 3))
            np.testing.assert_allclose(cells, means, rtol=1e-5)


def test_stripes_answer_to_their_own_direction_and_width() -> None:
    for scale in range(3):
        wavelength = 4 * np.sqrt(2) ** scale
        across = np.tile(127 + 100 * np.sin(2 * np.pi * np.arange(24) / wavelength), (24, 1)).astype(np.uint8)
        for window, direction in ((across, 0), (across.T, 4)):
            strength = build("feature", "gabor").describe(window[None].copy()).reshape(5, 8, 16).mean(axis=2)
            # The factor k^2 / sigma^2 evens out the responses to natural images, not to single waves.
            assert strength[scale].argmax() == direction


def test_brightness_and_contrast_are_taken_out(rng: np.random.Generator) -> None:
    windows = rng.integers(0, 100, (2, 24, 24), dtype=np.uint8)
    gabor = build("feature", "gabor")
    np.testing.assert_allclose(gabor.describe(2 * windows + 30), gabor.describe(windows), rtol=1e-5)
