"""Regions drawn pixel by pixel, and the continuous score by a search through all matchings."""

from itertools import permutations

import numpy as np
import pytest

from eigen2arc.core.metrics import detection, fddb

HEIGHT, WIDTH = 90, 120


def inside(ellipse: np.ndarray) -> np.ndarray:
    """(H, W) bool: the pixels whose centre lies in the ellipse, with the semi-axes and centre that are drawn."""
    a, b, t, x, y = ellipse
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    across, down = columns - round(x), rows - round(y)
    along, beside = across * np.cos(t) + down * np.sin(t), -across * np.sin(t) + down * np.cos(t)
    return (along / (int(a) + 0.5)) ** 2 + (beside / (int(b) + 0.5)) ** 2 <= 1


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    return np.sum(one & other) / np.sum(one | other)


@pytest.mark.parametrize("region", ["rectangle", "ellipse"])
def test_overlaps_by_the_pixels_inside(rng: np.random.Generator, region: str) -> None:
    ellipses = np.column_stack(
        [
            rng.uniform(15, 40, 6),
            rng.uniform(12, 25, 6),
            rng.uniform(-1.5, 1.5, 6),
            rng.uniform(0, 120, 6),
            rng.uniform(0, 90, 6),
        ]
    )
    corner = rng.uniform(-10, 70, (8, 2))
    boxes = np.hstack([corner, corner + rng.uniform(25, 60, (8, 2))])
    found = fddb.region_overlaps(boxes, ellipses, HEIGHT, WIDTH, region)
    for i, (x1, y1, x2, y2) in enumerate(boxes):
        if region == "ellipse":
            mask = inside(np.array([(y2 - y1) / 2, (x2 - x1) / 2, np.pi / 2, (x1 + x2) / 2, (y1 + y2) / 2]))
        else:
            mask = np.zeros((HEIGHT, WIDTH), bool)
            mask[max(0, round(y1)) : round(y2) + 1, max(0, round(x1)) : round(x2) + 1] = True
        for j, ellipse in enumerate(ellipses):
            # A drawn outline is a polygon of whole pixels: a few pixels of some hundred may fall elsewhere.
            assert found[i, j] == pytest.approx(overlap(mask, inside(ellipse)), abs=0.03)
    assert (found > 0.4).any() and (found == 0).any()


def test_an_ellipse_in_its_own_box_and_beside_the_image() -> None:
    upright = np.array([[30, 20, np.pi / 2, 60, 45]])
    box = np.array([[40, 15, 80, 75]])
    assert fddb.region_overlaps(box, upright, HEIGHT, WIDTH, "ellipse")[0, 0] == 1
    # An ellipse fills pi / 4 of its box.
    assert fddb.region_overlaps(box, upright, HEIGHT, WIDTH, "rectangle")[0, 0] == pytest.approx(np.pi / 4, abs=0.02)
    beyond = np.array([[200, 200, 240, 260]])
    assert fddb.region_overlaps(beyond, upright, HEIGHT, WIDTH, "rectangle")[0, 0] == 0
    assert fddb.region_overlaps(beyond, upright + np.array([0, 0, 0, 500, 0]), HEIGHT, WIDTH, "ellipse")[0, 0] == 0
    assert fddb.region_overlaps(np.zeros((0, 4)), upright, HEIGHT, WIDTH, "ellipse").shape == (0, 1)
    assert fddb.region_overlaps(box, upright[:0], HEIGHT, WIDTH, "ellipse").shape == (1, 0)


def best_sum(overlaps: np.ndarray) -> float:
    """The largest sum of overlaps with no row and no column twice, by trying all."""
    padded = np.zeros((max(overlaps.shape),) * 2)
    padded[: overlaps.shape[0], : overlaps.shape[1]] = overlaps
    return max(padded[np.arange(len(padded)), list(p)].sum() for p in permutations(range(len(padded))))


def test_gains_add_up_to_the_best_matching_at_every_threshold(rng: np.random.Generator) -> None:
    for _ in range(30):
        overlaps = rng.random((5, 3)) * (rng.random((5, 3)) < 0.6)
        scores = rng.integers(0, 4, 5).astype(float)
        gains = fddb.gains(overlaps, scores)
        assert (gains >= -1e-12).all() and (gains <= 1).all()
        for threshold in set(scores):
            assert gains[scores >= threshold].sum() == pytest.approx(best_sum(overlaps[scores >= threshold]))


def test_the_continuous_curve_by_hand() -> None:
    # Two images' detections; the pair that overlaps by 0.4 only adds to the score and is a false positive as well.
    gains, hits = np.array([0.8, 0.4, 0.0, 0.7]), np.array([True, False, False, True])
    false_positives, recall = detection.continuous_roc(hits, gains, np.array([4, 3, 2, 1]), faces=4)
    assert false_positives.tolist() == [0, 0, 1, 2, 2]
    assert recall.tolist() == pytest.approx([0, 0.2, 0.3, 0.3, 0.475])
    assert fddb.gains(np.zeros((2, 0)), np.array([1.0, 2.0])).tolist() == [0, 0]
