"""Negatives: how windows are cut, and mosaics, whose faces lie where they are said to and are no negatives."""

import numpy as np

from eigen2arc.classical.detect.boosting.tree_ensemble import BoostedTrees
from eigen2arc.classical.detect.channels.engine.channel_cascade import ChannelCascade
from eigen2arc.classical.detect.channels.engine.channels import CHANNELS
from eigen2arc.classical.detect.channels.engine.window_features import CROP_PX, WINDOW_PX
from eigen2arc.classical.detect.channels.training.negatives import (
    FACE,
    MOSAIC_PX,
    TILES_PX,
    Photograph,
    cut_windows,
    hard_crops,
    mosaics,
    random_crops,
)


def test_every_tile_is_a_crop_and_its_face_the_middle_of_it(rng: np.random.Generator) -> None:
    crops = np.full((2, CROP_PX, CROP_PX), 50, np.uint8)
    crops[:, 2:-2, 2:-2] = 200
    for picture in mosaics(crops, 6, rng):
        sides = picture.faces[:, 2:] - picture.faces[:, :2]
        tile_px = sides[0, 0] * CROP_PX / WINDOW_PX
        assert tile_px in TILES_PX
        assert len(picture.faces) == (MOSAIC_PX / tile_px) ** 2
        np.testing.assert_allclose(sides, sides[0, 0])
        x1, y1, x2, y2 = picture.faces[-1].round().astype(int)
        assert picture.grey[y1 + 3 : y2 - 3, x1 + 3 : x2 - 3].min() > 190
        assert picture.grey[y2 + 2 :, x1:x2].max() < 130


def test_windows_of_faces_are_no_negatives(rng: np.random.Generator) -> None:
    yes = BoostedTrees(np.zeros((1, 3), np.int32), np.zeros((1, 3), np.float32), np.ones((1, 4), np.float32))
    cascade = ChannelCascade(yes, np.zeros(CHANNELS))
    # The face fills the picture, so that only smaller windows are left.
    grey = rng.integers(0, 256, (48, 48)).astype(np.uint8)
    all_windows, _ = cascade.windows(grey, 0.72 * WINDOW_PX)
    face = np.array([[0.0, 0, 48, 48]])
    assert len(hard_crops(cascade, Photograph(grey), 1000)) > len(hard_crops(cascade, Photograph(grey, face), 1000)) > 0
    sides = all_windows[:, 2] - all_windows[:, 0]
    assert (sides**2 > 2 * FACE * 48**2).any()
    everywhere = np.concatenate([all_windows, face])
    assert len(hard_crops(cascade, Photograph(grey, everywhere), 1000)) == 0


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
