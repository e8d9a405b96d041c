"""Each stress computed another way: closed forms, a quarter turn, another library, and areas counted."""

import io

import numpy as np
import pytest
from PIL import Image

from eigen2arc.core.plugins import build
from eigen2arc.datasets.generator.degrade import to_linear, to_srgb
from eigen2arc.datasets.generator.factors import Factors

SIDE = 60
FACE = np.array([10.0, 20.0, 50.0, 50.0])


def stress(name: str, image: np.ndarray, level: float, seed: int = 0, face: np.ndarray = FACE) -> np.ndarray:
    return build("stress", name).apply(image, face, level, np.random.default_rng(seed))


def grey(level: int) -> np.ndarray:
    return np.full((SIDE, SIDE, 3), level, np.uint8)


@pytest.fixture
def smooth(rng: np.random.Generator) -> np.ndarray:
    coarse = Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8))
    return np.array(coarse.resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def test_light_there_and_back_is_the_same_grey_level() -> None:
    levels = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(np.rint(to_srgb(to_linear(levels))), levels)


def test_blur_is_a_gaussian_as_wide_as_the_share_of_the_face() -> None:
    edge = grey(0)
    edge[:, SIDE // 2 :] = 250
    sigma_px = 0.1 * 40
    x = np.arange(SIDE) - (SIDE // 2 - 0.5)
    weights = np.exp(-((x[:, None] - x) ** 2) / (2 * sigma_px**2))
    expected = (weights / weights.sum(axis=1, keepdims=True)) @ edge[0, :, 0]
    inner = slice(12, SIDE - 12)
    np.testing.assert_allclose(stress("blur", edge, 0.1)[30, inner, 0], expected[inner], atol=1.5)


def test_resolution_leaves_as_many_pixels_as_it_says(smooth: np.ndarray) -> None:
    # A face of 40 pixels taken with 8: an image of 60 with 12, each the mean of 5 by 5.
    means = smooth.reshape(12, 5, 12, 5, 3).mean(axis=(1, 3))
    middles = stress("resolution", smooth, 8)[2::5, 2::5]
    np.testing.assert_allclose(middles, means, atol=1)
    np.testing.assert_array_equal(stress("resolution", smooth, 40), smooth)


def test_jpeg_is_what_another_program_makes_of_it(smooth: np.ndarray) -> None:
    file = io.BytesIO()
    Image.fromarray(smooth).save(file, "JPEG", quality=20)
    other = np.array(Image.open(file)).astype(int)
    assert np.abs(stress("jpeg", smooth, 20).astype(int) - other).mean() < 1.5
    assert np.abs(smooth.astype(int) - other).mean() > 2


def test_noise_has_its_deviation_and_one_grain_at_all_levels() -> None:
    few, many = (stress("noise", grey(128), sigma).astype(float) - 128 for sigma in (5, 10))
    assert few.std() == pytest.approx(5, rel=0.02) and abs(few.mean()) < 0.2
    np.testing.assert_allclose(2 * few, many, atol=1.6)
    assert np.abs(stress("noise", grey(128), 5, seed=1) - 128 - few).mean() > 3


def test_exposure_halves_the_light() -> None:
    assert stress("exposure", grey(200), 1)[0, 0, 0] == 146  # by IEC 61966-2-1: .5776 / 2 = .2888, that is 0.574 of 255
    np.testing.assert_allclose(to_linear(stress("exposure", grey(250), 3)), to_linear(grey(250)) / 8, atol=2e-3)


def test_light_differs_by_the_stops_between_the_faces_sides() -> None:
    lit = [to_linear(stress("light", grey(120), 2, seed))[0, :, 0] for seed in range(6)]
    for one in lit:
        assert max(one[9] / one[50], one[50] / one[9]) == pytest.approx(4, rel=0.05)
        assert one[:10] == pytest.approx(one[0]) and one[50:] == pytest.approx(one[50])
        assert one[30] == pytest.approx(to_linear(grey(120))[0, 0, 0], rel=0.05)
    assert len({one[0] > one[-1] for one in lit}) == 2


@pytest.mark.parametrize("share", [0.2, 0.5, 1.0])
def test_occlusion_covers_that_share_of_the_face(share: float) -> None:
    covered = [(stress("occlusion", grey(7), share, seed) != 7).all(axis=2) for seed in range(20)]
    for one in covered:
        assert one.sum() == round(share * 40 * 30) and not one[:20].any() and not one[:, :10].any()
    assert len({one.tobytes() for one in covered}) == (1 if share == 1 else 4)
    less = (stress("occlusion", grey(7), share / 2, 3) != 7).all(axis=2)
    assert not (less & ~covered[3]).any()


def test_rotation_by_a_right_angle_moves_pixels_only(smooth: np.ndarray) -> None:
    centre = np.array([20.0, 20.0, 40.0, 40.0])
    turned = [stress("rotation", smooth, 90, seed, centre) for seed in range(6)]
    both = np.rot90(smooth), np.rot90(smooth, -1)
    assert all(any(np.array_equal(one, way) for way in both) for one in turned)
    assert len({one.tobytes() for one in turned}) == 2
    elsewhere = stress("rotation", smooth, 180, 0, np.array([0.0, 0.0, 20.0, 20.0]))
    np.testing.assert_array_equal(elsewhere[:20, :20], smooth[:20, :20][::-1, ::-1])


def test_a_pose_goes_on_to_the_side_that_it_is_turned_to(rng: np.random.Generator) -> None:
    pose, age = build("stress", "pose"), build("stress", "age")
    assert pose.change(Factors(yaw_deg=-10), 30, rng).yaw_deg == -40
    assert pose.change(Factors(yaw_deg=0), 30, rng).yaw_deg == 30
    assert pose.change(Factors(yaw_deg=50), 75, rng).yaw_deg == 90
    assert age.change(Factors(age_years=28), 20, rng).age_years == 48
    assert age.change(Factors(age_years=70), 20, rng).age_years == 80
    assert pose.change(Factors(blur_px=2), 30, rng).blur_px == 2
