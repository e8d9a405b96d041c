"""What each colour space does not see."""

import numpy as np
import pytest
from skimage.color import rgb2lab

from eigen2arc.classical.detect.regions.color_spaces import COLOR_SPACES


@pytest.fixture
def colours(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 256, (16, 16, 3)).astype(np.uint8)


@pytest.mark.parametrize("name", COLOR_SPACES)
def test_a_pixel_is_mapped_by_itself(name: str, colours: np.ndarray) -> None:
    mapped = COLOR_SPACES[name](colours)
    assert mapped.dtype == np.uint8 and mapped.shape[:2] == (16, 16)
    np.testing.assert_array_equal(COLOR_SPACES[name](np.ascontiguousarray(colours[3:5, 7:9])), mapped[3:5, 7:9])


@pytest.mark.parametrize(("name", "channels"), [("H", 1), ("rg", 2)])
def test_shading_is_not_seen(name: str, channels: int) -> None:
    bright = np.array([[[200, 100, 40], [40, 160, 240], [80, 80, 80]]], np.uint8)
    mapped = COLOR_SPACES[name](bright)
    assert mapped.shape[2] == channels
    np.testing.assert_array_equal(mapped, COLOR_SPACES[name](bright // 2))


def test_white_light_is_not_seen_by_the_first_two_opponent_channels() -> None:
    colour = np.array([[[100, 30, 60]]], np.uint8)
    a, b = COLOR_SPACES["Opponent"](colour), COLOR_SPACES["Opponent"](colour + 50)
    np.testing.assert_array_equal(a[..., :2], b[..., :2])
    assert b[0, 0, 2] == a[0, 0, 2] + 50


def test_opponent_channels_use_their_range() -> None:
    corners = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0], [255] * 3, [0] * 3]], np.uint8)
    expected = [[255, 191, 85], [0, 191, 85], [127, 0, 85], [127, 255, 170], [127, 127, 255], [127, 127, 0]]
    np.testing.assert_array_equal(COLOR_SPACES["Opponent"](corners)[0], expected)


def test_lab_is_scikit_images(colours: np.ndarray) -> None:
    lightness, a, b = np.moveaxis(rgb2lab(colours), 2, 0)
    expected = np.stack([lightness * 255 / 100, a + 128, b + 128], axis=2)
    assert np.abs(COLOR_SPACES["Lab"](colours) - expected).max() < 2


def test_shares_by_hand() -> None:
    colours = np.array([[[255, 0, 0], [0, 0, 0], [10, 20, 70]]], np.uint8)
    np.testing.assert_array_equal(COLOR_SPACES["rgI"](colours)[0], [[255, 0, 76], [0, 0, 0], [26, 51, 23]])
