"""Each degradation takes away what it says, and happens as often as it should."""

import numpy as np
import pytest

from eigen2arc.deep.augment.degradations import Degradations, blurred, low_resolution, occluded


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(2).integers(0, 256, (112, 112, 3), np.uint8)


def detail(crop: np.ndarray) -> float:
    """Mean square of the differences between neighbours."""
    return float(np.square(np.diff(crop.astype(float), axis=1)).mean())


@pytest.mark.parametrize("change", [blurred, low_resolution])
def test_detail_is_lost_and_brightness_stays(change: object, noise: np.ndarray, rng: np.random.Generator) -> None:
    for _ in range(20):
        out = change(noise, rng)  # type: ignore[operator]
        assert out.shape == noise.shape and out.dtype == np.uint8
        assert detail(out) < 0.5 * detail(noise)
        assert abs(out.mean() - noise.mean()) < 4


def test_a_rectangle_of_one_colour_stands_in_front(noise: np.ndarray, rng: np.random.Generator) -> None:
    for _ in range(50):
        out = occluded(noise, rng)
        rows, columns = np.nonzero((out != noise).any(axis=2))
        h, w = np.ptp(rows) + 1, np.ptp(columns) + 1
        assert 0.14 * 112 <= h <= 0.46 * 112 and 0.14 * 112 <= w <= 0.46 * 112
        inside = out[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        assert (inside == inside[0, 0]).all()


@pytest.mark.parametrize("name", ["blurred", "low_resolution", "occluded"])
def test_the_share_is_kept(name: str, noise: np.ndarray, rng: np.random.Generator) -> None:
    chosen = Degradations(**{name: 0.25})
    changed = [(chosen.apply(noise, rng) != noise).any() for _ in range(400)]
    assert abs(np.mean(changed) - 0.25) < 0.07


def test_without_shares_nothing_happens(noise: np.ndarray, rng: np.random.Generator) -> None:
    assert all((Degradations().apply(noise, rng) == noise).all() for _ in range(20))
