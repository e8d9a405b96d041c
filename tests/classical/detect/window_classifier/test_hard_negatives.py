"""Hard negatives against a loop over all windows."""

from typing import Any

import numpy as np
import pytest

from eigen2arc.classical.detect.window_classifier.hard_negatives import APART, MAX_IOU, NegativeWindows
from eigen2arc.classical.detect.window_classifier.samples import NO_BOXES, AnnotatedImages
from eigen2arc.classical.image.crop_windows import crop_windows
from eigen2arc.core.geometry import iou
from eigen2arc.core.plugins import build

FACES = np.array([[10, 10, 40, 40]], np.float32)


@pytest.fixture
def pictures(rng: np.random.Generator) -> list[np.ndarray]:
    return [rng.integers(0, 256, (60, 70, 3), dtype=np.uint8) for _ in range(3)]


def pool_of(pictures: list[np.ndarray], boxes: list[np.ndarray], most: int = 10_000) -> NegativeWindows:
    return NegativeWindows(AnnotatedImages(pictures, boxes), source(), most, lambda grey, b: crop_windows(grey, b, 8))


def source() -> Any:
    return build("proposal", "sliding_window", min_size_px=16)


def brightness(windows: np.ndarray) -> np.ndarray:
    return windows.mean(axis=(1, 2))


def test_the_brightest_windows_that_overlap_no_face_and_one_another_little(pictures: list[np.ndarray]) -> None:
    pool = pool_of(pictures[:1], [FACES])
    found = pool.hardest(4, brightness)
    boxes = source().propose(pictures[0])
    boxes = boxes[iou(boxes, FACES)[:, 0] < MAX_IOU]
    values = brightness(crop_windows(np.dot(pictures[0], [0.299, 0.587, 0.114]).round().astype(np.uint8), boxes, 8))
    kept: list[int] = []
    for i in np.argsort(-values, kind="stable"):
        if len(kept) < 4 and (not kept or iou(boxes[[i]], boxes[kept]).max() <= APART):
            kept.append(int(i))
    np.testing.assert_allclose(brightness(found), values[kept], atol=0.5)


def test_nothing_is_given_out_twice(pictures: list[np.ndarray]) -> None:
    pool = pool_of(pictures, [NO_BOXES] * 3)
    everything = sum(len(source().propose(picture)) for picture in pictures)
    first = pool.random(30, np.random.default_rng(0))
    assert len(first) == 30
    rounds = [first, *(pool.hardest(50, brightness) for _ in range(3))]
    assert all(len(found) > 0 for found in rounds)
    together = np.concatenate(rounds).reshape(-1, 64)
    assert len(np.unique(together, axis=0)) == len(together) < everything


def test_only_so_many_windows_of_a_picture_are_looked_at(pictures: list[np.ndarray]) -> None:
    assert len(pool_of(pictures, [NO_BOXES] * 3, most=7).random(10_000, np.random.default_rng(0))) == 21


def test_pictures_too_small_for_a_window_give_none() -> None:
    tiny = [np.zeros((3, 3, 3), np.uint8)]
    assert pool_of(tiny, [NO_BOXES]).hardest(5, brightness).shape == (0, 8, 8)
    assert pool_of([], []).random(5, np.random.default_rng(0)).shape == (0, 8, 8)
