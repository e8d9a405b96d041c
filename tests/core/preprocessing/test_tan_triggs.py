"""The chain of Tan and Triggs, step by step by other means, and what light does to it."""

import numpy as np
import pytest
from scipy import ndimage

from eigen2arc.core.preprocessing.tan_triggs import difference_of_gaussians, equalize_contrast, tan_triggs

DEFAULTS = {"gamma": 0.2, "sigma0_px": 1.0, "sigma1_px": 2.0, "alpha": 0.1, "tau": 10.0}


@pytest.fixture
def picture(rng: np.random.Generator) -> np.ndarray:
    return ndimage.gaussian_filter(rng.uniform(5, 250, (50, 50)), 1.0)


def test_the_chain_step_by_step(picture: np.ndarray) -> None:
    i = picture**0.2
    i = ndimage.gaussian_filter(i, 1.0, mode="reflect") - ndimage.gaussian_filter(i, 2.0, mode="reflect")
    i = i / np.mean([abs(v) ** 0.1 for v in i.ravel()]) ** 10
    i = i / np.mean([min(10.0, abs(v)) ** 0.1 for v in i.ravel()]) ** 10
    wanted = 10 * np.tanh(i / 10)
    np.testing.assert_allclose(tan_triggs(picture, **DEFAULTS), wanted, atol=2e-2)


def test_the_strength_of_the_light_drops_out(picture: np.ndarray) -> None:
    for gain in (0.1, 0.5, 4.0):
        np.testing.assert_allclose(
            tan_triggs(gain * picture, **DEFAULTS), tan_triggs(picture, **DEFAULTS), rtol=1e-6, atol=1e-6
        )


def test_light_from_the_side_drops_out_nearly(picture: np.ndarray) -> None:
    lit = picture * np.linspace(0.15, 1, 50)
    even, uneven = tan_triggs(picture, **DEFAULTS), tan_triggs(lit, **DEFAULTS)
    assert np.corrcoef(picture.ravel(), lit.ravel())[0, 1] < 0.7
    assert np.corrcoef(even.ravel(), uneven.ravel())[0, 1] > 0.95


def test_the_difference_is_a_band_pass() -> None:
    """What is flat, and what is as fine as pixels, goes; waves of about 2 pi sigma stay."""
    x = np.arange(200)

    def amplitude(period_px: float) -> float:
        wave = np.tile(np.cos(2 * np.pi * x / period_px), (20, 1))
        return float(np.abs(difference_of_gaussians(wave, 1.0, 2.0))[:, 40:-40].max())

    def wanted(period_px: float) -> float:
        k = 2 * np.pi / period_px
        return float(np.exp(-(k**2) / 2) - np.exp(-(k**2) * 2))

    for period_px in (4, 8, 20, 50):
        assert amplitude(period_px) == pytest.approx(wanted(period_px), abs=3e-3)
    assert amplitude(8) > 5 * amplitude(50)


def test_one_glint_does_not_decide_the_contrast(rng: np.random.Generator) -> None:
    i = rng.normal(0, 1, (60, 60))
    glint = i.copy()
    glint[30, 30] = 1e4
    others = np.arange(3600) != 30 * 60 + 30
    plain, with_glint = (equalize_contrast(a, 0.1, 10.0).ravel() for a in (i, glint))
    np.testing.assert_allclose(with_glint[others], plain[others], rtol=0.01)
    assert with_glint[~others] == pytest.approx(10.0, abs=1e-3)


def test_nothing_stays_nothing() -> None:
    assert not tan_triggs(np.full((20, 20), 77.0), **DEFAULTS).any()
