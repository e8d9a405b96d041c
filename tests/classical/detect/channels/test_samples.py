"""Training crops: where the face lies in them, and what is done to them."""

import numpy as np
import pytest

from eigen2arc.classical.detect.channels import samples as channel_samples
from eigen2arc.classical.detect.channels.negatives import cut_windows, random_crops
from eigen2arc.classical.detect.channels.samples import annotated_crops, cut, varied
from eigen2arc.classical.detect.channels.window_features import (
    CROP_PX,
    FACE_HEIGHT,
    FEATURES,
    WINDOW_PX,
    boxes_in,
    window_features,
)


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
        monkeypatch.setattr(channel_samples, name, 0.0)


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
    monkeypatch.setattr(channel_samples, "degraded", lambda crop, _: crop)
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


def test_negatives_are_cut_with_a_margin_and_borders_repeat() -> None:
    grey = np.arange(200, dtype=np.uint8)[:, None].repeat(200, axis=1)
    crop, border = cut_windows(grey, np.array([[20.0, 40, 52, 72], [-10, -10, 22, 22]]))
    np.testing.assert_array_equal(crop[:, 0], np.arange(38, 74))
    np.testing.assert_array_equal(border[:, 0], np.maximum(np.arange(-12, 24), 0))


def test_random_windows_lie_in_the_picture(rng: np.random.Generator) -> None:
    crops = random_crops(np.full((60, 90), 7, np.uint8), 20, rng)
    assert crops.shape == (20, CROP_PX, CROP_PX)
    assert (crops == 7).all()


def test_a_small_picture_has_random_windows_too(rng: np.random.Generator) -> None:
    assert random_crops(np.zeros((10, 12), np.uint8), 3, rng).shape == (3, CROP_PX, CROP_PX)


def test_features_are_the_cells_of_the_middle() -> None:
    crops = np.random.default_rng(5).integers(0, 256, (3, CROP_PX, CROP_PX)).astype(np.uint8)
    values = window_features(crops)
    assert values.shape == (FEATURES, 3)
    from eigen2arc.classical.detect.channels.channels import channels, smooth_cells

    cells = smooth_cells(channels(crops[1]))
    np.testing.assert_array_equal(values[:, 1].reshape(-1, 16, 16), cells[:, 1:17, 1:17])


def test_the_face_and_the_head_share_their_chin_and_their_middle() -> None:
    windows = np.array([[10.0, 20, 42, 52], [0, 0, 64, 64]])
    face, head = boxes_in(windows, "face"), boxes_in(windows, "head")
    np.testing.assert_allclose(face[0], [15.5, 21.9, 36.5, 50.1])
    np.testing.assert_allclose(face[1, 2:] - face[1, :2], 2 * (face[0, 2:] - face[0, :2]))
    np.testing.assert_allclose(head[:, 3], face[:, 3])
    np.testing.assert_allclose(head[:, [0, 2]].mean(axis=1), windows[:, [0, 2]].mean(axis=1))
    # 224 mm of head to 170 mm of face.
    np.testing.assert_allclose((head[:, 3] - head[:, 1]) / (face[:, 3] - face[:, 1]), 224 / 170, rtol=0.01)
