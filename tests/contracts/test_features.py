"""What every window feature promises."""

from functools import cache
from typing import Any

import numpy as np
import pytest

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError

FEATURES = plugins.plugins("feature")


@cache
def feature(name: str) -> Any:
    return plugins.build("feature", name)


@pytest.fixture
def windows() -> np.ndarray:
    """Noise, smooth blobs, and flat windows, black and white."""
    rng = np.random.default_rng(2)
    noise = rng.integers(0, 256, (70, 24, 24))
    smooth = rng.integers(0, 256, (5, 4, 4)).repeat(6, axis=1).repeat(6, axis=2)
    flat = np.stack([np.zeros((24, 24)), np.full((24, 24), 255)])
    return np.concatenate([noise, smooth, flat]).astype(np.uint8)


@pytest.mark.parametrize("name", FEATURES)
def test_vectors_are_float32_finite_and_one_per_window(name: str, windows: np.ndarray) -> None:
    vectors = feature(name).describe(windows)
    assert vectors.dtype == np.float32 and vectors.ndim == 2 and len(vectors) == len(windows)
    assert vectors.shape[1] > 0 and np.isfinite(vectors).all() and vectors.flags.c_contiguous
    assert feature(name).describe(windows[:0]).shape == (0, vectors.shape[1])


@pytest.mark.parametrize("name", FEATURES)
def test_a_window_gets_the_same_vector_in_every_batch(name: str, windows: np.ndarray) -> None:
    together = feature(name).describe(windows)
    alone = np.concatenate([feature(name).describe(window[None]) for window in windows])
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(feature(name).describe(windows[::-1]), together[::-1])


@pytest.mark.parametrize("name", FEATURES)
def test_built_anew_it_gives_the_same_vectors_and_leaves_the_windows_alone(name: str, windows: np.ndarray) -> None:
    before = windows.copy()
    np.testing.assert_array_equal(feature(name).describe(windows), plugins.build("feature", name).describe(windows))
    np.testing.assert_array_equal(windows, before)


@pytest.mark.parametrize("name", FEATURES)
def test_different_windows_get_different_vectors(name: str, windows: np.ndarray) -> None:
    assert len(np.unique(feature(name).describe(windows[:75]), axis=0)) == 75


@pytest.mark.parametrize("name", FEATURES)
def test_light_matters_less_than_what_is_seen(name: str, windows: np.ndarray) -> None:
    """The same window at half the contrast is nearer to itself than to any other."""
    described = feature(name).describe(windows[:75])
    darker = feature(name).describe(windows[:75] // 2 + 40)
    distances = np.linalg.norm(described[:, None] - darker[None], axis=2)
    np.testing.assert_array_equal(distances.argmin(axis=0), np.arange(75))


@pytest.mark.parametrize("name", FEATURES)
@pytest.mark.parametrize("size_px", [16, 36])
def test_windows_of_another_size_need_a_feature_of_that_size(name: str, size_px: int) -> None:
    others = np.zeros((2, size_px, size_px), np.uint8)
    assert len(plugins.build("feature", name, size_px=size_px).describe(others)) == 2
    with pytest.raises(ValueError, match="windows: expected shape"):
        feature(name).describe(others)
    with pytest.raises(ValueError, match="windows: expected uint8"):
        feature(name).describe(np.zeros((2, 24, 24), np.float32))


@pytest.mark.parametrize("name", FEATURES)
def test_every_setting_can_be_read_back(name: str) -> None:
    """A model file holds them all, so that a later version with other defaults describes alike."""
    settings = {setting: getattr(feature(name), setting) for setting in FEATURES[name].settings}
    rebuilt = plugins.build("feature", name, **settings)
    window = np.random.default_rng(1).integers(0, 256, (1, 24, 24), dtype=np.uint8)
    np.testing.assert_array_equal(rebuilt.describe(window), feature(name).describe(window))


@pytest.mark.parametrize("name", FEATURES)
def test_what_does_not_fit_into_a_window_is_refused(name: str) -> None:
    with pytest.raises(UserError, match=f"{name}: expected"):
        plugins.build("feature", name, size_px=2)
