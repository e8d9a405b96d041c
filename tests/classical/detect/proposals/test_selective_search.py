"""Selective search: what it finds, in which order, and what it refuses."""

from unittest.mock import patch

import numpy as np
import pytest

from eigen2arc.classical.detect.proposals import selective_search
from eigen2arc.classical.detect.proposals.selective_search import MODES, build, ranked
from eigen2arc.classical.detect.regions.hierarchical_grouping import Hierarchy
from eigen2arc.core.errors import UserError
from eigen2arc.core.geometry import iou


def squares() -> tuple[np.ndarray, np.ndarray]:
    """Squares of plain colours on a noisy ground, and their boxes."""
    rng = np.random.default_rng(2)
    image = rng.integers(100, 120, (160, 200, 3)).astype(np.uint8)
    boxes = np.array([[20, 30, 60, 70], [100, 20, 180, 100], [40, 100, 70, 130]], np.float32)
    for (x1, y1, x2, y2), colour in zip(boxes.astype(int), ((220, 40, 40), (40, 40, 220), (30, 200, 60)), strict=True):
        image[y1:y2, x1:x2] = colour
    image[40:60, 120:150] = (240, 240, 40)
    return image, np.concatenate([boxes, [[120, 40, 150, 60]]]).astype(np.float32)


@pytest.mark.parametrize("mode", MODES)
def test_objects_and_their_parts_are_found(mode: str) -> None:
    image, objects = squares()
    boxes = build(mode=mode).propose(image)
    assert (iou(boxes, objects).max(axis=0) > 0.85).all()
    assert (boxes == [0, 0, 200, 160]).all(axis=1).any()


def test_as_many_hierarchies_as_the_paper_has_strategies() -> None:
    counts = {mode: len(s.color_spaces) * len(s.scales) * len(s.similarities) for mode, s in MODES.items()}
    assert counts == {"fast": 8, "quality": 80}
    image, _ = squares()
    with patch.object(selective_search, "group", wraps=selective_search.group) as group:
        build().propose(image)
    assert group.call_count == 8
    assert {(call.args[1].shape[1], call.args[3], call.args[4]) for call in group.call_args_list} == {
        (75 + 240, True, True),
        (240, True, True),
    }


def test_the_order_is_random_times_level() -> None:
    boxes = np.arange(4000).reshape(1000, 4).astype(np.int32)
    hierarchy = Hierarchy(boxes, np.repeat([1, 2, 4, 8], 250))
    order = ranked([hierarchy, hierarchy], 3)
    assert len(order) == 2000
    # v = RND * level: among the values below 1 the levels are as 1 : 1/2 : 1/4 : 1/8.
    rng = np.random.default_rng(3)
    first = int((rng.random(2000) * np.tile(hierarchy.levels, 2) < 1).sum())
    levels = hierarchy.levels[order[:first, 0] // 4]
    shares = [(levels == level).sum() / 500 for level in (1, 2, 4, 8)]
    np.testing.assert_allclose(shares, [1, 1 / 2, 1 / 4, 1 / 8], atol=0.06)


def test_narrow_boxes_and_near_duplicates_are_dropped() -> None:
    image, _ = squares()
    everything = build(min_side_px=1, max_iou=1.0).propose(image)
    assert (everything[:, 2:] - everything[:, :2]).min() < 15
    boxes = build().propose(image)
    assert (boxes[:, 2:] - boxes[:, :2]).min() >= 15
    overlaps = iou(boxes, boxes)
    np.fill_diagonal(overlaps, 0)
    assert overlaps.max() < 0.9
    assert {tuple(box) for box in boxes.tolist()} < {tuple(box) for box in everything.tolist()}


def test_threads_change_nothing() -> None:
    image, _ = squares()
    with patch.object(selective_search.numba, "get_num_threads", return_value=4):
        many = build().propose(image)
    np.testing.assert_array_equal(many, build().propose(image))


def test_an_image_that_is_too_large_is_refused_before_memory_is_taken() -> None:
    with pytest.raises(UserError, match="are more than 16,777,216: scale the image down"):
        build().propose(np.broadcast_to(np.zeros(3, np.uint8), (4097, 4096, 3)))
