"""Steps that give each grey level a new one: gamma, logarithm, equalisation, normalisation."""

import numpy as np
import pytest
from skimage import exposure

from eigen2arc.core import plugins
from eigen2arc.core.preprocessing.clahe import clahe
from eigen2arc.core.preprocessing.gamma import gamma_correct
from eigen2arc.core.preprocessing.histogram_equalisation import equalize_hist
from eigen2arc.core.preprocessing.log import log_transform
from eigen2arc.core.preprocessing.normalisation import MIN_DEVIATION, normalize

LEVELS = np.arange(256, dtype=np.uint8).reshape(16, 16)


@pytest.fixture
def picture(rng: np.random.Generator) -> np.ndarray:
    """Dark, with few bright pixels."""
    return (255 * rng.beta(1.5, 5, (48, 48))).astype(np.uint8)


@pytest.mark.parametrize("gamma", [0.2, 0.5, 1.0, 2.2])
def test_gamma_is_scikit_images(gamma: float) -> None:
    theirs = exposure.adjust_gamma(LEVELS / 255, gamma) * 255
    assert np.abs(gamma_correct(LEVELS, gamma) - theirs).max() <= 0.5 + 1e-9


def test_gamma_one_changes_nothing_and_gammas_undo_each_other() -> None:
    np.testing.assert_array_equal(gamma_correct(LEVELS, 1.0), LEVELS)
    bright = LEVELS[8:]
    back = gamma_correct(gamma_correct(bright, 0.5), 2.0)
    assert np.abs(back.astype(int) - bright).max() <= 1


def test_log_makes_equal_steps_of_equal_ratios() -> None:
    doubled = np.array([[0, 1, 3, 7, 15, 31, 63, 127, 255]], np.uint8)  # 1 + g doubles from one to the next
    np.testing.assert_array_equal(log_transform(doubled)[0], np.rint(255 * np.arange(9) / 8))
    assert (np.diff(log_transform(LEVELS).ravel().astype(int)) >= 0).all()


def test_equalisation_is_scikit_images_up_to_its_darkest_level(picture: np.ndarray) -> None:
    """Theirs is 255 cdf(g); ours starts at 0 for the darkest level that occurs."""
    cdf = exposure.equalize_hist(picture, nbins=256)
    least = (picture == picture.min()).mean()
    wanted = 255 * (cdf - least) / (1 - least)
    assert np.abs(equalize_hist(picture) - wanted).max() <= 0.5 + 1e-3


def test_equalisation_does_not_see_a_curve_that_rises() -> None:
    """Light that changes all levels alike, however bent, is undone exactly: only the order of the levels counts."""
    picture = np.random.default_rng(3).integers(20, 100, (40, 40)).astype(np.uint8)
    curve = np.cumsum(np.random.default_rng(4).integers(1, 4, 100)).astype(np.uint8)
    np.testing.assert_array_equal(equalize_hist(curve[picture]), equalize_hist(picture))


def slow_clahe(grey: np.ndarray, clip_limit: float, tiles: int) -> np.ndarray:
    """CLAHE as Zuiderveld describes it, with OpenCV's rule for what is cut off: in equal parts, the rest one by one."""
    side = len(grey) // tiles
    curves = np.empty((tiles, tiles, 256))
    for row in range(tiles):
        for column in range(tiles):
            tile = grey[row * side : (row + 1) * side, column * side : (column + 1) * side]
            histogram = np.bincount(tile.ravel(), minlength=256)
            limit = max(int(clip_limit * tile.size / 256), 1)
            excess = np.maximum(histogram - limit, 0).sum()
            histogram = np.minimum(histogram, limit) + excess // 256
            if rest := excess % 256:
                histogram[:: max(256 // rest, 1)][:rest] += 1
            # In float32 as in OpenCV, because halves are rounded.
            curves[row, column] = np.rint(histogram.cumsum().astype(np.float32) * np.float32(255 / tile.size))
    out = np.empty(grey.shape)
    for y in range(len(grey)):
        for x in range(len(grey)):
            v, u = (y / side - 0.5), (x / side - 0.5)
            top, left = int(np.floor(v)), int(np.floor(u))
            total = 0.0
            for i in range(2):
                for j in range(2):
                    at = curves[min(max(top + i, 0), tiles - 1), min(max(left + j, 0), tiles - 1), grey[y, x]]
                    total += at * (1 - abs(v - top - i)) * (1 - abs(u - left - j))
            out[y, x] = total
    return out


@pytest.mark.parametrize(("clip_limit", "tiles"), [(2.0, 4), (4.0, 2), (40.0, 3)])
def test_clahe_beside_a_slow_loop(picture: np.ndarray, clip_limit: float, tiles: int) -> None:
    ours = clahe(picture, clip_limit, tiles)
    assert np.abs(ours - slow_clahe(picture, clip_limit, tiles)).max() <= 0.5 + 1e-3


def test_clahe_of_a_limit_of_one_adds_no_contrast(picture: np.ndarray) -> None:
    """No level may hold more than its even share, so the curves are nearly the straight line."""
    assert clahe(picture, 1.0, 1).std() < clahe(picture, 3.0, 1).std()


def test_normalisation_gives_mean_and_deviation(picture: np.ndarray) -> None:
    out = normalize(picture, 100.0, 30.0)
    np.testing.assert_allclose([out.mean(), out.std()], [100, 30])
    np.testing.assert_allclose(normalize(0.3 * picture + 40, 100.0, 30.0), out)  # gain and offset of the light


def test_normalisation_leaves_what_is_nearly_flat() -> None:
    grey = np.full((20, 20), 90, np.uint8)
    grey[0, 0] = 91
    assert grey.std() < MIN_DEVIATION
    out = normalize(grey, 128.0, 48.0)
    np.testing.assert_allclose(out.max() - out.min(), 48 / MIN_DEVIATION)


def test_a_normalised_crop_has_them_too(picture: np.ndarray) -> None:
    crops = np.repeat(picture[None, ..., None], 3, axis=3)
    out = plugins.build("preprocessing", "normalisation", mean=120, deviation=20).apply(crops)
    assert abs(out.mean() - 120) < 0.5 and abs(out.std() - 20) < 0.5
