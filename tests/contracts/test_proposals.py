"""What every source of proposals promises."""

from functools import cache
from typing import Any

import numpy as np
import pytest

from eigen2arc.core import plugins

PROPOSALS = list(plugins.plugins("proposal"))


@cache
def proposal(name: str) -> Any:
    return plugins.build("proposal", name)


@cache
def scene() -> np.ndarray:
    """Rectangles of plain colours and of noise: objects at many scales."""
    rng = np.random.default_rng(11)
    image = rng.integers(90, 110, (150, 190, 3))
    for side in (70, 45, 30, 22, 14):
        for _ in range(3):
            y, x = rng.integers(0, 150 - side), rng.integers(0, 190 - side)
            image[y : y + side, x : x + side] = rng.integers(0, 200, 3) + rng.integers(0, 50, (side, side, 1))
    return image.astype(np.uint8)


PICTURES = {
    "scene": scene(),
    "grey": np.repeat(scene()[:, :, :1], 3, axis=2),
    "wide": scene()[:40],
    "turned round": scene()[::-1, ::-1],
    "black": np.zeros((60, 80, 3), np.uint8),
    "white": np.full((64, 64, 3), 255, np.uint8),
    "noise": np.random.default_rng(5).integers(0, 256, (70, 64, 3)).astype(np.uint8),
} | {f"{h} x {w}": scene()[:h, :w] for h, w in ((1, 1), (1, 50), (50, 1), (2, 3), (8, 8), (20, 20), (21, 19))}


@pytest.mark.parametrize("name", PROPOSALS)
@pytest.mark.parametrize("picture", PICTURES)
def test_boxes_lie_inside_the_image_each_once(name: str, picture: str) -> None:
    image = PICTURES[picture]
    before = image.copy()
    boxes = proposal(name).propose(image)
    height_px, width_px = image.shape[:2]
    assert boxes.dtype == np.float32 and boxes.ndim == 2 and boxes.shape[1] == 4
    assert (boxes[:, :2] >= 0).all() and (boxes[:, 2:] <= (width_px, height_px)).all()
    assert (boxes[:, 2:] > boxes[:, :2]).all()
    assert len(np.unique(boxes, axis=0)) == len(boxes)
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize("name", PROPOSALS)
def test_a_scene_gets_many_boxes_the_same_ones_each_time(name: str) -> None:
    boxes = proposal(name).propose(scene())
    assert len(boxes) > 50
    np.testing.assert_array_equal(boxes, proposal(name).propose(scene()))
    np.testing.assert_array_equal(boxes, plugins.build("proposal", name).propose(scene().copy(order="F")))


@pytest.mark.parametrize("name", PROPOSALS)
def test_another_seed_gives_another_order(name: str) -> None:
    boxes = plugins.build("proposal", name, seed=1).propose(scene())
    assert not np.array_equal(boxes[:20], proposal(name).propose(scene())[:20])


@pytest.mark.parametrize("name", PROPOSALS)
def test_what_is_no_picture_is_refused(name: str) -> None:
    good = scene()
    for bad in (good.astype(np.float32), good[..., 0], good[:0], good.astype(np.int64), good.tolist()):
        with pytest.raises(ValueError, match="image: expected"):
            proposal(name).propose(bad)
