"""Median, Gaussian and bilateral filter beside slow loops and SciPy."""

import numpy as np
import pytest
from scipy import ndimage

from eigen2arc.core.errors import UserError
from eigen2arc.core.preprocessing.bilateral_filter import bilateral_filter
from eigen2arc.core.preprocessing.gaussian_filter import gaussian_filter
from eigen2arc.core.preprocessing.median_filter import build as build_median
from eigen2arc.core.preprocessing.median_filter import median_filter


@pytest.fixture
def image(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 256, (24, 24, 3), dtype=np.uint8)


@pytest.mark.parametrize("size_px", [3, 5, 9])
def test_the_median_is_scipys(image: np.ndarray, size_px: int) -> None:
    wanted = ndimage.median_filter(image, (size_px, size_px, 1), mode="nearest")
    np.testing.assert_array_equal(median_filter(image, size_px), wanted)


def test_an_even_square_has_no_middle() -> None:
    with pytest.raises(UserError, match="median_filter: size_px = 4: expected an odd one"):
        build_median(size_px=4)


@pytest.mark.parametrize("sigma_px", [0.7, 1.0, 2.5])
def test_the_gaussian_is_scipys(image: np.ndarray, sigma_px: float) -> None:
    wanted = ndimage.gaussian_filter(image.astype(float), (sigma_px, sigma_px, 0), mode="mirror")
    assert np.abs(gaussian_filter(image, sigma_px) - wanted).max() <= 1.5  # OpenCV cuts the bell off earlier


def slow_bilateral(image: np.ndarray, sigma_px: float, sigma_grey: float) -> np.ndarray:
    """Tomasi and Manduchi's eq. (5), pixel by pixel, over the disc that is looked at."""
    reach = max(1, round(2 * sigma_px))
    padded = np.pad(image.astype(float), ((reach, reach), (reach, reach), (0, 0)), mode="reflect")
    out = np.empty(image.shape)
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            total, weights = np.zeros(3), 0.0
            for dy in range(-reach, reach + 1):
                for dx in range(-reach, reach + 1):
                    if dx**2 + dy**2 > reach**2:
                        continue
                    other = padded[y + reach + dy, x + reach + dx]
                    off = np.abs(other - image[y, x]).mean()
                    weight = np.exp(-(dx**2 + dy**2) / (2 * sigma_px**2) - off**2 / (2 * sigma_grey**2))
                    total += weight * other
                    weights += weight
            out[y, x] = total / weights
    return out


@pytest.mark.parametrize(("sigma_px", "sigma_grey"), [(1.0, 30.0), (2.0, 60.0)])
def test_the_bilateral_filter_beside_a_slow_loop(image: np.ndarray, sigma_px: float, sigma_grey: float) -> None:
    ours = bilateral_filter(image, sigma_px, sigma_grey)
    assert np.abs(ours - slow_bilateral(image, sigma_px, sigma_grey)).max() <= 0.51


def test_the_bilateral_filter_keeps_the_edge_that_a_gaussian_blurs() -> None:
    edge = np.repeat(np.where(np.arange(24) < 12, 60, 190)[None, :, None], 24, axis=0).repeat(3, axis=2)
    noisy = (edge + np.random.default_rng(1).normal(0, 6, edge.shape)).clip(0, 255).astype(np.uint8)
    kept, blurred = bilateral_filter(noisy, 2.0, 25.0), gaussian_filter(noisy, 2.0)
    step = [np.diff(a[:, 11:13, 0].astype(int), axis=1).mean() for a in (kept, blurred)]
    assert step[0] > 110 > 40 > step[1]
    assert (kept - edge).std() < 0.6 * (noisy - edge.astype(float)).std()
