"""Retinex beside a convolution written out, and what it does to light."""

import numpy as np
import pytest

from eigen2arc.core.preprocessing.single_scale_retinex import single_scale_retinex


def slow_retinex(grey: np.ndarray, c: float) -> np.ndarray:
    """The paper's formula: every pixel's surround as a sum over all offsets, on a picture that is mirrored far out."""
    reach = int(4 * c)
    i = np.pad(grey + 1.0, reach, mode="symmetric")
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    f = np.exp(-(x**2 + y**2) / c**2)
    f /= f.sum()
    height, width = grey.shape
    surround = sum(
        f[dy + reach, dx + reach] * i[reach + dy : reach + dy + height, reach + dx : reach + dx + width]
        for dy in range(-reach, reach + 1)
        for dx in range(-reach, reach + 1)
    )
    return np.log(grey + 1.0) - np.log(surround)


@pytest.mark.parametrize("c_px", [1.5, 4.0])
def test_beside_a_slow_convolution(c_px: float, rng: np.random.Generator) -> None:
    grey = rng.integers(0, 256, (30, 30), dtype=np.uint8)
    np.testing.assert_allclose(single_scale_retinex(grey, c_px), slow_retinex(grey, c_px), atol=2e-4)


def test_the_strength_of_the_light_drops_out(rng: np.random.Generator) -> None:
    i = rng.uniform(20, 200, (40, 40))
    dim, bright = single_scale_retinex(i - 1, 8.0), single_scale_retinex(3 * i - 1, 8.0)
    np.testing.assert_allclose(dim, bright, atol=1e-9)


def test_light_from_the_side_drops_out_nearly(rng: np.random.Generator) -> None:
    """A lamp that halves the light over 25 pixels: inside, where no border mirrors it, little of it is left."""
    i = rng.uniform(50, 100, (100, 100))
    light = 2.0 ** (np.arange(100) / 25)
    even, lit = single_scale_retinex(i - 1, 6.0), single_scale_retinex(i * light - 1, 6.0)
    inside = np.s_[20:-20, 20:-20]
    left = (lit - even)[inside]
    assert np.ptp(np.log(light)[20:-20]) > 1.6 and np.ptp(left) < 0.1
