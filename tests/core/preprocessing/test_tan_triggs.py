"""The chain of Tan and Triggs, step by step by other means, and what light does to it."""

import numpy as np
import pytest
from scipy import ndimage

from eigen2arc.classical.descriptors.lbp import local_binary_patterns
from eigen2arc.core import plugins
from eigen2arc.core.image import to_grey
from eigen2arc.core.preprocessing.tan_triggs import TanTriggs, difference_of_gaussians, equalize_contrast, tan_triggs
from eigen2arc.core.types import Faces
from eigen2arc.datasets.generator.drawn import DrawnImages, identity_seed
from eigen2arc.datasets.generator.factors import Factors

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


def side_lit(people: int, directions: list[tuple[float, float]]) -> np.ndarray:
    """Aligned crops (people * directions, 112, 112, 3) of drawn faces in the light of one lamp (azimuth, elevation)."""
    seeds = [identity_seed(5, person) for person in range(people) for _ in directions]
    light = [
        Factors(light_azimuth_deg=x, light_elevation_deg=y, ambient_level=0.0, noise_sigma=1.0, background=1 + number)
        for number, (x, y) in enumerate(directions * people)
    ]
    names = tuple(map(str, range(len(seeds))))
    drawn = DrawnImages(tuple(seeds), tuple(light), names, 160)
    aligner = plugins.build("aligner", "five_point")
    faces = [Faces(truth.box[None], np.ones(1), truth.landmarks[None]) for truth in drawn.truths()]
    return np.concatenate([aligner.align(image, one) for image, one in zip(drawn, faces, strict=True)])


@pytest.mark.slow
def test_eight_bits_keep_the_local_patterns_of_what_lies_in_the_shadow() -> None:
    """Where the chain's result is weak, which is half of a face in such light, equal steps would keep 71 % of them."""
    crops = side_lit(3, [(-80.0, 0.0), (80.0, 20.0)])
    result = np.stack([tan_triggs(grey, **DEFAULTS) for grey in to_grey(crops)])
    kept = local_binary_patterns(to_grey(TanTriggs().apply(crops))) == local_binary_patterns(result)
    weak = np.abs(result[:, 2:-2, 2:-2]) < 1
    assert 0.3 < weak.mean() < 0.6
    assert kept[weak].mean() > 0.8


@pytest.mark.slow
def test_people_under_side_light_are_known_by_local_patterns_in_fine_regions() -> None:
    """Regions of 16 px mix what is lit with what is not, where those of 5 px do not."""
    lights = [(0.0, 0.0), (-70.0, 0.0), (70.0, 0.0), (-80.0, 20.0), (85.0, -20.0)]
    crops = TanTriggs().apply(side_lit(24, lights))
    enrolled = np.arange(len(crops)) % len(lights) == 0

    def rank_1(grid: int) -> float:
        vectors = plugins.build("encoder", "lbp_histogram", grid=grid).encode(crops)
        scores = plugins.build("matcher", "chi_square").score(vectors[~enrolled], vectors[enrolled])
        return float((scores.argmax(axis=1) == np.arange(24).repeat(len(lights) - 1)).mean())

    coarse, fine = rank_1(7), rank_1(20)
    assert fine > 0.93
    assert coarse < fine - 0.05


def test_levels_are_the_root_of_the_result(picture: np.ndarray) -> None:
    grey = picture.astype(np.uint8)
    levels = TanTriggs().apply(np.repeat(grey[None, :, :, None], 3, axis=3))[0, :, :, 0]
    values = (levels.astype(float) - 128) / 127
    np.testing.assert_allclose(values * np.abs(values), tan_triggs(grey, **DEFAULTS) / 10, atol=0.5 * 2 / 127)
    assert set(TanTriggs().apply(np.full((1, 20, 20, 3), 77, np.uint8)).ravel()) == {128}


def test_nothing_stays_nothing() -> None:
    assert not tan_triggs(np.full((20, 20), 77.0), **DEFAULTS).any()
