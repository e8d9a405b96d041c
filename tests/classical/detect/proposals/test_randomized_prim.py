"""Randomized Prim: the likelihood of edges, what is found, what is refused."""

from unittest.mock import patch

import numpy as np
import pytest

from eigen2arc.classical.detect.proposals import randomized_prim
from eigen2arc.classical.detect.proposals.randomized_prim import build, same_object
from eigen2arc.classical.detect.regions.colour_spaces import lab
from eigen2arc.classical.detect.regions.region_features import regions_of
from eigen2arc.core.errors import UserError
from eigen2arc.core.geometry import iou


def parts() -> tuple[np.ndarray, np.ndarray]:
    """An image and six segments of it."""
    rng = np.random.default_rng(1)
    labels = np.zeros((30, 40), np.int32)
    labels[:12, :15], labels[12:20, 5:30], labels[20:, 25:], labels[3:6, 20:38], labels[25:, :9] = 1, 2, 3, 4, 5
    return (rng.integers(0, 120, (30, 40, 3)) + 20 * labels[:, :, None]).astype(np.uint8), labels


def test_the_probability_of_one_object_by_slow_loops() -> None:
    image, labels = parts()
    regions = regions_of(labels)
    got = same_object(image, labels, regions)
    colours = lab(image)
    for (i, j), rho in zip(regions.pairs, got, strict=True):
        histograms = []
        for region in (i, j):
            inside = colours[labels == region]
            counts = np.concatenate([np.histogram(inside[:, c], 25, (0, 256))[0] for c in range(3)])
            histograms.append(counts / counts.sum())
        crossings = {i: 0, j: 0}
        common = 0
        for y in range(30):
            for x in range(40):
                for b, a in ((y, x + 1), (y + 1, x), (y + 1, x + 1), (y + 1, x - 1)):
                    if b < 30 and 0 <= a < 40 and labels[y, x] != labels[b, a]:
                        for region in {labels[y, x], labels[b, a]} & {i, j}:
                            crossings[region] += 1
                        common += {labels[y, x], labels[b, a]} == {i, j}
        colour = np.minimum(*histograms).sum()
        border = max(common / crossings[i], common / crossings[j])
        size = 1 - ((labels == i).sum() + (labels == j).sum()) / labels.size
        expected = 1 / (1 + np.exp(3.0017 - 2.6864 * colour - 1.0029 * border - 2.3655 * size))
        assert rho == pytest.approx(expected, rel=1e-4)


def test_a_square_on_a_plain_ground_is_among_the_first_boxes() -> None:
    image = np.full((120, 160, 3), 90, np.uint8)
    image[30:80, 50:110] = (200, 60, 60)
    boxes = build().propose(image)
    assert iou(boxes[:5], np.array([[50, 30, 110, 80]], np.float32)).max() > 0.9


def test_more_trees_give_the_same_boxes_first() -> None:
    image = np.kron(np.random.default_rng(3).integers(0, 256, (8, 9, 3)), np.ones((15, 15, 1))).astype(np.uint8)
    few, many = build(trees=400).propose(image), build(trees=4000).propose(image)
    assert len(many) > len(few) > 20
    np.testing.assert_array_equal(many[: len(few)], few)


def test_threads_change_nothing() -> None:
    image = np.kron(np.random.default_rng(3).integers(0, 256, (6, 6, 3)), np.ones((15, 15, 1))).astype(np.uint8)
    with patch.object(randomized_prim.numba, "get_num_threads", return_value=4):
        many = build(trees=500).propose(image)
    np.testing.assert_array_equal(many, build(trees=500).propose(image))


def test_an_image_that_is_too_large_is_refused_before_memory_is_taken() -> None:
    with pytest.raises(UserError, match="are more than 16,777,216: scale the image down"):
        build().propose(np.broadcast_to(np.zeros(3, np.uint8), (4097, 4096, 3)))


@pytest.mark.parametrize("settings", [{"trees": 0}, {"least_area": 0.0}, {"least_area": 1.0}, {"max_iou": 1.1}])
def test_settings_out_of_range_are_refused(settings: dict) -> None:
    with pytest.raises(UserError, match="randomized_prim: expected"):
        build(**settings)
