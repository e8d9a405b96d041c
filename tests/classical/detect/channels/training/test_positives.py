"""Positives: where the face lies in a crop, and what is done to it."""

import numpy as np
import pytest

from eigen2arc.classical.detect.channels.engine.window_features import CROP_PX, FACE_HEIGHT, WINDOW_PX
from eigen2arc.classical.detect.channels.training import positives
from eigen2arc.classical.detect.channels.training.positives import annotated_crops, cut, varied


def blob(size_px: int, x: float, y: float, sigma_px: float) -> np.ndarray:
    rows, columns = np.mgrid[:size_px, :size_px] + 0.5
    return (255 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * sigma_px**2))).astype(np.uint8)


def middle(crop: np.ndarray) -> np.ndarray:
    rows, columns = np.indices(crop.shape) + 0.5
    return np.array([(columns * crop).sum(), (rows * crop).sum()]) / crop.sum()


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """No jitter."""
    for name in ("TURN_DEG", "LOG_SCALE", "SHIFT_PX"):
        monkeypatch.setattr(positives, name, 0.0)


@pytest.mark.usefixtures("still")
@pytest.mark.parametrize("side_px", [18, 36, 72, 150])
def test_the_centre_of_what_is_cut_is_the_middle_of_the_crop(rng: np.random.Generator, side_px: int) -> None:
    grey = blob(300, 150.3, 140.8, side_px / 8)
    crop = cut(grey, np.array([150.3, 140.8]), side_px, rng)
    np.testing.assert_allclose(middle(crop), [CROP_PX / 2] * 2, atol=0.35)


@pytest.mark.usefixtures("still")
def test_a_face_is_cut_out_as_high_as_the_window_says(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(positives, "degraded", lambda crop, _: crop)
    image = np.zeros((100, 100, 3), np.uint8)
    image[20:80, 30:75] = 255
    (crop,) = annotated_crops([(image, np.array([30.0, 20, 75, 80]))], rng)
    assert (crop[:, CROP_PX // 2] > 127).sum() == pytest.approx(FACE_HEIGHT * WINDOW_PX, abs=1)
    rows = np.flatnonzero(crop[:, CROP_PX // 2] > 127)
    assert rows.mean() == pytest.approx((CROP_PX - 1) / 2, abs=0.6)


def test_every_crop_is_there_upright_and_mirrored(rng: np.random.Generator) -> None:
    crops = np.stack([blob(CROP_PX, 10, 18, 3), blob(CROP_PX, 12, 18, 3)])
    out = varied(crops, 3, rng)
    assert out.shape == (12, CROP_PX, CROP_PX)
    assert out.dtype == np.uint8
    sides = np.array([middle(np.where(crop > crop.mean() + 2 * crop.std(), 1.0, 0.0))[0] for crop in out]) < CROP_PX / 2
    assert sides.tolist() == [True, True, False, False] * 3
    assert len(np.unique(out.reshape(12, -1), axis=0)) == 12
