"""Augmentation changes a crop a little, in all its ways, and only by the generator it is given."""

import numpy as np
import pytest

from eigen2arc.deep.augment import crops as augment_module
from eigen2arc.deep.augment.crops import augment
from eigen2arc.deep.augment.degradations import Degradations


def changed(crops: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.stack([augment(crop, Degradations(), rng) for crop in crops])


def pattern() -> np.ndarray:
    """A smooth crop, dark on the left and bright on the right, reddish above and bluish below."""
    ramp = np.linspace(70, 180, 112)
    x, y = np.meshgrid(ramp, ramp)
    return np.stack([x + (90 - y / 2), x, x + (y / 2 - 90)], axis=2).clip(0, 255).astype(np.uint8)


def test_the_same_generator_gives_the_same_crops(rng: np.random.Generator) -> None:
    crops = rng.integers(0, 256, (5, 112, 112, 3), np.uint8)
    before = crops.copy()
    first, second = (changed(crops, np.random.default_rng(3)) for _ in range(2))
    assert first.shape == crops.shape and first.dtype == np.uint8
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(crops, before)


def test_half_are_mirrored_and_a_tenth_grey(rng: np.random.Generator) -> None:
    crops = changed(np.repeat(pattern()[None], 300, axis=0), rng).astype(int)
    mirrored = crops[:, :, 20].mean(axis=(1, 2)) > crops[:, :, -20].mean(axis=(1, 2))
    grey = (np.ptp(crops[:, 10:-10, 10:-10], axis=3) <= 1).all(axis=(1, 2))
    assert abs(mirrored.mean() - 0.5) < 0.1
    assert abs(grey.mean() - augment_module.GREY) < 0.05


def test_without_spread_a_crop_stays_or_is_mirrored(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SHIFT_PX", "TURN_DEG", "ZOOM", "CONTRAST", "SATURATION", "BRIGHTNESS", "GREY"):
        monkeypatch.setattr(augment_module, name, 0.0)
    crop = pattern()
    ways = [(crop == out).all() + 2 * (crop[:, ::-1] == out).all() for out in changed(np.stack([crop] * 20), rng)]
    assert set(ways) == {1, 2}


def test_the_face_stays_where_it_is_up_to_a_few_pixels(rng: np.random.Generator) -> None:
    crop = np.zeros((112, 112, 3), np.uint8)
    crop[50:62, 50:62] = 200
    middles = []
    for out in changed(np.repeat(crop[None], 200, axis=0), rng):
        y, x = np.nonzero(out[..., 1] > 0.5 * out[..., 1].max())
        middles.append((x.mean(), y.mean()))
    spread = np.std(middles, axis=0)
    assert np.abs(np.mean(middles, axis=0) - 55.5).max() < 0.4
    assert (spread > 0.8 * augment_module.SHIFT_PX).all() and (spread < 1.3 * augment_module.SHIFT_PX).all()
