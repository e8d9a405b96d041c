"""MTCNN's box arithmetic, against slow loops, torchvision and cases worked by hand."""

import numpy as np
import pytest
import torch
from torchvision.ops import nms

from eigen2arc.deep.mtcnn.boxes import regress, suppress, to_squares, to_windows


def random_boxes(n: int, seed: int, whole: bool) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, 60, (n, 2))
    boxes = np.concatenate([corner, corner + rng.uniform(5, 40, (n, 2))], axis=1)
    scores = rng.permutation(n).astype(np.float32) / n
    return (np.floor(boxes) if whole else boxes).astype(np.float32), scores


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7])
@pytest.mark.parametrize("whole", [False, True])
def test_suppression_over_the_union_equals_torchvision_in_each_group(threshold: float, whole: bool) -> None:
    boxes, scores = random_boxes(300, 4, whole)
    group = np.arange(300) % 3
    expected = []
    for g in range(3):
        rows = np.flatnonzero(group == g)
        expected += rows[nms(torch.tensor(boxes[rows]), torch.tensor(scores[rows]), threshold).numpy()].tolist()
    kept = suppress(boxes, scores, group, threshold)
    assert kept.tolist() == expected
    assert len(kept) < 300


def slow_smaller(boxes: np.ndarray, scores: np.ndarray, threshold: float) -> list[int]:
    """The MATLAB code's NMS of type "Min", with pixels counted from 1 and both ends included."""
    rows = sorted(range(len(boxes)), key=lambda i: -scores[i])
    kept: list[int] = []
    while rows:
        best = rows.pop(0)
        kept.append(best)
        rest = []
        for i in rows:
            a, b = boxes[best].astype(float), boxes[i].astype(float)
            w = max(0.0, min(a[2], b[2]) - max(a[0], b[0]) + 1)
            h = max(0.0, min(a[3], b[3]) - max(a[1], b[1]) + 1)
            smaller = min((a[2] - a[0] + 1) * (a[3] - a[1] + 1), (b[2] - b[0] + 1) * (b[3] - b[1] + 1))
            if w * h / smaller <= threshold:
                rest.append(i)
        rows = rest
    return kept


def test_suppression_over_the_smaller_box_equals_the_slow_loop() -> None:
    boxes, scores = random_boxes(200, 7, whole=False)
    kept = suppress(boxes, scores, np.zeros(200, np.int64), 0.7, over="smaller")
    assert kept.tolist() == slow_smaller(boxes, scores, 0.7)


def test_a_box_inside_a_larger_one_falls_only_over_the_smaller() -> None:
    boxes = np.array([[0, 0, 40, 40], [10, 10, 20, 20]], np.float32)
    scores, group = np.array([0.9, 0.8], np.float32), np.zeros(2, np.int64)
    assert suppress(boxes, scores, group, 0.7).tolist() == [0, 1]
    assert suppress(boxes, scores, group, 0.7, over="smaller").tolist() == [0]


def test_of_equal_scores_the_earlier_row_stays_and_empty_boxes_do_no_harm() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [3, 3, 3, 3], [3, 3, 3, 3]], np.float32)
    scores = np.full(4, 0.5, np.float32)
    assert suppress(boxes, scores, np.zeros(4, np.int64), 0.7).tolist() == [0, 2, 3]
    none = np.zeros((0, 4), np.float32)
    assert suppress(none, none[:, 0], np.zeros(0, np.int64), 0.7).tolist() == []


def test_regression_by_hand() -> None:
    box = np.array([[10, 20, 29, 59]], np.float32)
    offsets = np.array([[0.1, -0.1, 0.2, 0.05]], np.float32)
    np.testing.assert_allclose(regress(box, offsets, 1), [[12, 16, 33, 61]], rtol=1e-6)
    np.testing.assert_allclose(regress(box, offsets, 0), [[11.9, 16.1, 32.8, 60.95]], rtol=1e-6)


def test_squares_keep_the_centre_and_the_longer_side() -> None:
    boxes, _ = random_boxes(50, 2, whole=False)
    squares = to_squares(boxes)
    side = squares[:, 2:] - squares[:, :2]
    np.testing.assert_allclose(side[:, 0], side[:, 1], rtol=1e-4)
    np.testing.assert_allclose(side[:, 0], (boxes[:, 2:] - boxes[:, :2]).max(axis=1), rtol=1e-4)
    np.testing.assert_allclose(squares[:, :2] + squares[:, 2:], boxes[:, :2] + boxes[:, 2:], rtol=1e-4)


def test_windows_count_from_nought_and_stay_in_the_image() -> None:
    boxes = np.array(
        [[1, 1, 24, 24], [-5.9, 3.7, 18.2, 40.9], [31, 2, 50, 9], [-9, -9, -1, -1], [5, 5, 4, 9]], np.float32
    )
    windows, inside = to_windows(boxes, 20, 30)
    assert inside.tolist() == [True, True, False, False, False]
    # The MATLAB's 1..20 of 20 rows are our 0..20; -5.9 is cut to -5, then to the first pixel.
    assert windows[:2].tolist() == [[0, 0, 24, 20], [0, 2, 18, 20]]
