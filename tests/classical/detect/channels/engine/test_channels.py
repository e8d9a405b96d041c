"""Channels, against double loops, closed forms and scikit-image."""

import math

import numpy as np
import pytest
from scipy import ndimage
from skimage.measure import block_reduce

from eigen2arc.classical.detect.channels.engine.channels import (
    CHANNELS,
    NORMALISE_CONSTANT,
    NORMALISE_PX,
    ORIENTATIONS,
    SHRINK_PX,
    channels,
    gradient,
    smooth,
    smooth_cells,
)


def slow_channels(grey: np.ndarray) -> np.ndarray:
    """Pixel by pixel, as the docstrings say, in float64."""
    image = ndimage.convolve1d(grey / 255.0, [0.25, 0.5, 0.25], axis=0, mode="mirror")
    image = ndimage.convolve1d(image, [0.25, 0.5, 0.25], axis=1, mode="mirror")
    height, width = image.shape
    wide = np.pad(image, 1, mode="reflect")
    g_x, g_y = (wide[1:-1, 2:] - wide[1:-1, :-2]) / 2, (wide[2:, 1:-1] - wide[:-2, 1:-1]) / 2
    length = np.hypot(g_x, g_y)
    around = ndimage.uniform_filter(length, NORMALISE_PX, mode="mirror")
    length = length / (around + NORMALISE_CONSTANT)
    out = np.zeros((CHANNELS, height // SHRINK_PX, width // SHRINK_PX))
    for y in range(height // SHRINK_PX * SHRINK_PX):
        for x in range(width // SHRINK_PX * SHRINK_PX):
            cell = out[:, y // SHRINK_PX, x // SHRINK_PX]
            cell[0] += image[y, x] / SHRINK_PX**2
            cell[1] += length[y, x] / SHRINK_PX**2
            turned = math.atan2(g_y[y, x], g_x[y, x]) % math.pi
            for orientation in range(ORIENTATIONS):
                apart = abs(turned - orientation * math.pi / ORIENTATIONS)
                apart = min(apart, math.pi - apart) / (math.pi / ORIENTATIONS)
                cell[2 + orientation] += max(1 - apart, 0) * length[y, x] / SHRINK_PX**2
    return out


@pytest.mark.parametrize("size", [(24, 30), (25, 31), (12, 13)])
def test_channels_equal_the_slow_loops(size: tuple[int, int]) -> None:
    grey = np.random.default_rng(1).integers(0, 256, size).astype(np.uint8)
    # OpenCV's angles are good to 0.3 degrees, a hundredth of an orientation's width.
    np.testing.assert_allclose(channels(grey), slow_channels(grey), atol=0.015)


def test_grey_is_the_mean_of_the_smoothed_image() -> None:
    grey = np.random.default_rng(2).integers(0, 256, (20, 26)).astype(np.uint8)
    expected = block_reduce(smooth(grey.astype(np.float32) / 255), (SHRINK_PX, SHRINK_PX), np.mean)
    np.testing.assert_allclose(channels(grey)[0], expected, atol=1e-5)


def test_the_orientations_share_out_the_magnitude() -> None:
    cells = channels(np.random.default_rng(3).integers(0, 256, (30, 40)).astype(np.uint8))
    np.testing.assert_allclose(cells[2:].sum(axis=0), cells[1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("turn_deg", "shares"), [(0, {0: 1.0}), (90, {3: 1.0}), (45, {1: 0.5, 2: 0.5}), (165, {5: 0.5, 0: 0.5})]
)
def test_a_ramp_has_the_orientation_of_its_rise(turn_deg: float, shares: dict[int, float]) -> None:
    y, x = np.mgrid[:40, :40] - 20
    turn = math.radians(turn_deg)
    image = (128 + 3 * (x * math.cos(turn) + y * math.sin(turn))).astype(np.float32) / 255
    magnitude, angle = gradient(image)
    assert magnitude[20, 20] == pytest.approx(1, abs=0.5)
    cells = channels(np.rint(image * 255).astype(np.uint8))[:, 5:15, 5:15].mean(axis=(1, 2))
    for orientation in range(ORIENTATIONS):
        assert cells[2 + orientation] / cells[1] == pytest.approx(shares.get(orientation, 0.0), abs=0.06)
    assert np.degrees(angle[20, 20]) == pytest.approx(turn_deg, abs=0.5)


def test_a_flat_image_has_no_gradient() -> None:
    cells = channels(np.full((20, 20), 51, np.uint8))
    np.testing.assert_allclose(cells[0], 0.2, atol=1e-6)
    np.testing.assert_array_equal(cells[1:], 0)


def test_contrast_is_normalised_away_where_it_is_not_tiny() -> None:
    grey = np.random.default_rng(4).integers(0, 64, (40, 40)).astype(np.uint8)
    weak, strong = channels(grey)[1], channels(grey * 4)[1]
    np.testing.assert_allclose(weak.mean(), strong.mean(), rtol=0.15)


def test_smoothing_keeps_the_mean_of_each_channel_inside() -> None:
    cells = np.zeros((2, 9, 9), np.float32)
    cells[0, 4, 4], cells[1, 4, 4] = 16, 32
    smoothed = smooth_cells(cells)
    np.testing.assert_allclose(smoothed[0, 3:6, 3:6], [[1, 2, 1], [2, 4, 2], [1, 2, 1]])
    np.testing.assert_allclose(smoothed.sum(axis=(1, 2)), [16, 32])
