"""The pyramid's scales and places, and how well channels are approximated between octaves."""

import cv2
import numpy as np
import pytest
from scipy import ndimage

from eigen2arc.classical.detect.channels.engine.channels import CHANNELS, SHRINK_PX, channels, smooth_cells
from eigen2arc.classical.detect.channels.engine.fast_feature_pyramid import (
    PAD,
    PER_OCTAVE,
    estimate_lambdas,
    pyramid,
    resample,
)


def textured(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Noise of all scales, as photographs have it, with no detail finer than two pixels."""
    picture = sum(sigma * ndimage.gaussian_filter(rng.normal(size=size), sigma) for sigma in (1, 2, 4, 8, 16))
    return np.clip(128 + 90 * picture, 0, 255).astype(np.uint8)


def test_scales_fall_by_an_eighth_of_an_octave(rng: np.random.Generator) -> None:
    grey = textured(rng, (240, 320))
    levels = list(pyramid(grey, np.zeros(CHANNELS), 1.0, 16))
    scales = np.array([level.scale for level in levels])
    wanted = 2.0 ** (-np.arange(len(levels)) / PER_OCTAVE)
    # Whole cells: the sides are right to half a cell.
    assert (np.abs(scales - wanted[:, None]) * [320, 240] <= SHRINK_PX / 2 + 1e-9).all()
    assert min(levels[-1].cells.shape[1:]) >= 16
    assert 240 / SHRINK_PX * 2.0 ** (-len(levels) / PER_OCTAVE) + 2 * PAD < 16.5


def test_places_in_the_image(rng: np.random.Generator) -> None:
    grey = textured(rng, (100, 200))
    for level in pyramid(grey, np.zeros(CHANNELS), 2.0, 16):
        height, width = np.array(level.cells.shape[1:]) - 2 * PAD
        corners = level.to_image(np.array([[PAD, PAD], [PAD + width, PAD + height]]))
        np.testing.assert_allclose(corners, [[0, 0], [200, 100]], atol=1e-9)


def test_a_spot_stays_where_it_is_at_every_scale() -> None:
    grey = np.zeros((160, 160), np.uint8)
    grey[60:76, 92:108] = 255
    for level in pyramid(grey, np.zeros(CHANNELS), 2.0, 16):
        rows, columns = np.indices(level.cells.shape[1:])
        weight = level.cells[0]
        middle = np.array([[(columns * weight).sum(), (rows * weight).sum()]]) / weight.sum() + 0.5
        np.testing.assert_allclose(level.to_image(middle), [[100, 68]], atol=1.0)


def test_octaves_are_exact_and_a_window_covers_more_of_a_picture_than_is_repeated(
    rng: np.random.Generator,
) -> None:
    grey = textured(rng, (64, 96))
    first = next(pyramid(grey, np.ones(CHANNELS), 1.0, 16))
    inside = first.cells[:, PAD:-PAD, PAD:-PAD]
    np.testing.assert_array_equal(inside, smooth_cells(channels(grey)))
    np.testing.assert_array_equal(first.cells[:, 0], first.cells[:, PAD])
    # Ten cells and three repeated ones at each border are one window.
    assert len(list(pyramid(grey[:20], np.ones(CHANNELS), 1.0, 16))) == 1
    assert not list(pyramid(grey[:18], np.ones(CHANNELS), 1.0, 16))


def test_the_power_law_brings_resampled_channels_nearer(rng: np.random.Generator) -> None:
    images = [textured(rng, (192, 256)) for _ in range(6)]
    lambdas = estimate_lambdas(images[:5])
    assert lambdas[0] == pytest.approx(0, abs=0.02)
    exact = next(pyramid(images[5], lambdas, 2.0**-0.375, 16)).cells
    with_law, without = (
        smooth_cells(resample(channels(images[5]), (exact.shape[2] - 2 * PAD, exact.shape[1] - 2 * PAD), exponents))
        for exponents in (lambdas, np.zeros(CHANNELS))
    )
    inside = exact[1:, PAD:-PAD, PAD:-PAD]
    error = [np.abs(approximated[1:].mean() - inside.mean()) for approximated in (with_law, without)]
    assert error[0] < 0.5 * error[1]


def test_lambda_is_the_slope_in_the_logarithm(rng: np.random.Generator) -> None:
    grey = textured(rng, (128, 128))
    half = cv2.resize(grey, (64, 64), interpolation=cv2.INTER_AREA)
    means = [channels(image).mean(axis=(1, 2)) for image in (grey, half)]
    # Of two scales the line goes through both points: f(1/2) / f(1) = (1/2)**-lambda.
    np.testing.assert_allclose(0.5 ** -estimate_lambdas([grey], scales=(0.5,)), means[1] / means[0], rtol=1e-5)
