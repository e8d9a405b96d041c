"""Windows of faces: what of a picture they cover, and how they are moved."""

from pathlib import Path

import numpy as np
import pytest

from eigen2arc.classical.detect.cascade.training.positives import Framing, face_windows
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import write

STILL = Framing(share=1.0, variants=2, shift=0.0, scale=0.0, turn_degrees=0.0, sharpen=0.0)


def save(path: Path, grey: np.ndarray) -> Path:
    write(path, np.repeat(grey.astype(np.uint8)[:, :, None], 3, axis=2))
    return path.parent


def test_a_window_of_the_pictures_size_is_the_picture_and_its_mirror(tmp_path: Path, rng: np.random.Generator) -> None:
    grey = rng.integers(0, 256, (24, 24))
    windows, pictures = face_windows([save(tmp_path / "a.png", grey)], 24, STILL, 0)
    np.testing.assert_array_equal(windows, [grey, grey[:, ::-1]])
    np.testing.assert_array_equal(pictures, [0, 0])


@pytest.mark.parametrize("side_px", [36, 90, 160])
@pytest.mark.parametrize("share", [1.0, 0.75, 0.5])
def test_a_window_covers_its_share_around_the_middle(side_px: int, share: float, tmp_path: Path) -> None:
    x = np.arange(side_px) + 0.5
    ramp = np.broadcast_to(200 * x / side_px, (side_px, side_px))
    framing = Framing(share, 1, 0.0, 0.0, 0.0, 0.0)
    (window,), _ = face_windows([save(tmp_path / "a.png", ramp)], 20, framing, 0)
    # The pixel k of the window lies at so much of the picture's width.
    expected = 200 * (0.5 + share * ((np.arange(20) + 0.5) / 20 - 0.5))
    np.testing.assert_allclose(window[:, 1:-1], np.broadcast_to(expected[1:-1], (20, 18)), atol=1.5)


def test_the_middle_of_a_tall_picture_is_taken(tmp_path: Path) -> None:
    tall = np.zeros((60, 30))
    tall[15:45] = 255
    (window,), _ = face_windows([save(tmp_path / "a.png", tall)], 30, Framing(1.0, 1, 0.0, 0.0, 0.0, 0.0), 0)
    assert (window == 255).all()


def test_windows_are_moved_by_the_spread_that_is_asked_for(tmp_path: Path) -> None:
    # The brightness of a ramp tells where a window lies and how wide it is.
    x, y = np.meshgrid(np.arange(80) + 0.5, np.arange(80) + 0.5)
    for name, ramp in (("x", x), ("y", y)):
        save(tmp_path / name / "a.png", 255 * ramp / 80)
    framing = Framing(share=0.5, variants=400, shift=0.05, scale=0.1, turn_degrees=5.0, sharpen=0.0)
    along_x, along_y = (
        face_windows([tmp_path / name], 20, framing, 3)[0].astype(float) * 80 / 255 for name in ("x", "y")
    )
    along_x[1::2] = along_x[1::2, :, ::-1]
    for ramp in (along_x, along_y):
        assert ramp.mean(axis=(1, 2)).std() == pytest.approx(0.05 * 40, rel=0.15)
    across = np.stack([ramp[:, 5:15, 15].mean(axis=1) - ramp[:, 5:15, 4].mean(axis=1) for ramp in (along_x, along_y)])
    sides = 20 / 11 * np.hypot(*across)
    assert np.log(sides).std() == pytest.approx(0.1, rel=0.15)
    turns = np.rad2deg(np.arctan2(across[1], across[0]))
    turns[1::2] *= -1
    assert turns.std() == pytest.approx(5.0, rel=0.15)


def test_a_picture_is_moved_by_its_number_and_the_seed(tmp_path: Path, rng: np.random.Generator) -> None:
    for number in range(3):
        save(tmp_path / f"{number}.png", rng.integers(0, 256, (40, 40)))
    framing = Framing(0.8, 3, 0.05, 0.05, 5.0, 2.0)
    all_three, pictures = face_windows([tmp_path], 12, framing, 1)
    np.testing.assert_array_equal(pictures, [0, 0, 0, 1, 1, 1, 2, 2, 2])
    (tmp_path / "2.png").unlink()
    np.testing.assert_array_equal(face_windows([tmp_path], 12, framing, 1)[0], all_three[:6])
    assert (face_windows([tmp_path], 12, framing, 2)[0] != all_three[:6]).any()


def test_pictures_that_are_too_small_are_refused(tmp_path: Path) -> None:
    save(tmp_path / "small.png", np.zeros((9, 30)))
    with pytest.raises(UserError, match=r"small\.png: 9 pixels are too few"):
        face_windows([tmp_path], 20, STILL, 0)


def test_pictures_are_sharpened_by_different_amounts(tmp_path: Path) -> None:
    edge = np.where(np.arange(24) < 12, 80.0, 160.0)
    save(tmp_path / "a.png", np.broadcast_to(edge, (24, 24)))
    windows, _ = face_windows([tmp_path], 24, Framing(1.0, 200, 0.0, 0.0, 0.0, 2.0), 0)
    overshoot = windows[::2, 12].max(axis=1) - 160.0  # an unsharp mask overshoots at an edge, by the amount
    blurred = 80 * np.exp(-0.5 * np.arange(-30, 31) ** 2.0)[:30].sum() / np.exp(-0.5 * np.arange(-30, 31) ** 2.0).sum()
    assert overshoot.min() < 0.05 * 2 * blurred
    assert overshoot.max() == pytest.approx(2 * blurred, rel=0.05)
    assert overshoot.mean() == pytest.approx(blurred, rel=0.15)
