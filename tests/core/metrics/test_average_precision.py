"""Average precision against the official program's own loops, and cases worked by hand."""

import numpy as np
import pytest

from eigen2arc.core.metrics.average_precision import (
    FALSE_POSITIVE,
    IGNORED,
    THRESHOLDS,
    TRUE_POSITIVE,
    average_precision,
    by_subset,
    classify_detections,
)
from eigen2arc.core.types import Faces


def official_overlap(a: np.ndarray, b: np.ndarray) -> float:
    """boxoverlap of eval_tools; boxes x y x+w y+h as Python floats."""
    width = min(a[2], b[2]) - max(a[0], b[0]) + 1
    height = min(a[3], b[3]) - max(a[1], b[1]) + 1
    if width <= 0 or height <= 0:
        return 0.0
    areas = [(box[2] - box[0] + 1) * (box[3] - box[1] + 1) for box in (a, b)]
    return width * height / (sum(areas) - width * height)


def official(images: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]) -> float:
    """evaluation.m and what it calls, loop by loop.

    images : for each one the detected boxes, their scores from the highest down, the annotated boxes, and which of
    these are kept (the program's ``ignore``, which is 1 for those that count).
    """
    low = min(scores.min() for _, scores, _, _ in images if len(scores))
    high = max(scores.max() for _, scores, _, _ in images if len(scores))
    curve = np.zeros((1000, 2))
    count_face = 0
    for boxes, raw, truth, kept in images:
        count_face += int(kept.sum())
        if len(truth) == 0 or len(boxes) == 0:
            continue
        scores = (raw - low) / (high - low)
        recall_list, proposals, pred_recall = np.zeros(len(truth)), np.ones(len(boxes)), np.zeros(len(boxes))
        for h, box in enumerate(boxes):
            overlaps = [official_overlap(box, one) for one in truth]
            best = int(np.argmax(overlaps))
            if overlaps[best] >= 0.5:
                if not kept[best]:
                    recall_list[best] = proposals[h] = -1
                elif recall_list[best] == 0:
                    recall_list[best] = 1
            pred_recall[h] = np.sum(recall_list == 1)
        for t in range(1000):
            above = np.flatnonzero(scores >= 1 - (t + 1) / 1000)
            if len(above):
                curve[t, 0] += np.sum(proposals[: above[-1] + 1] == 1)
                curve[t, 1] += pred_recall[above[-1]]
    precision = [right / all_ if all_ else 0.0 for all_, right in curve]
    recall = curve[:, 1] / count_face
    # VOCap.m
    mrec, mpre = [0.0, *recall, 1.0], [0.0, *precision, 0.0]
    for i in range(len(mpre) - 2, -1, -1):
        mpre[i] = max(mpre[i], mpre[i + 1])
    return sum((mrec[i] - mrec[i - 1]) * mpre[i] for i in range(1, len(mrec)) if mrec[i] != mrec[i - 1])


def scene(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Some faces, some of them not counted; around each up to three detections; and false alarms."""
    faces = int(rng.integers(0, 7))
    corner = rng.integers(0, 60, (faces, 2)).astype(float)
    truth = np.hstack([corner, corner + rng.integers(6, 30, (faces, 2))])
    around = np.repeat(truth, rng.integers(0, 4, faces), axis=0)
    boxes = around + rng.normal(0, 2, around.shape)
    false = rng.uniform(0, 60, (int(rng.integers(0, 4)), 2))
    boxes = np.vstack([boxes, np.hstack([false, false + 15])])
    boxes[:, 2:] = np.maximum(boxes[:, 2:], boxes[:, :2])
    scores = np.sort(rng.integers(0, 40, len(boxes)) / 8)[::-1]
    boxes = boxes[rng.permutation(len(boxes))].astype(np.float32).astype(float)
    return boxes, scores, truth, rng.random(faces) < 0.6


def test_as_the_official_program(rng: np.random.Generator) -> None:
    seen: set[int] = set()
    for _ in range(25):
        images = [scene(rng) for _ in range(6)]
        found = [Faces(boxes, scores) for boxes, scores, _, _ in images]
        truth, counted = ([image[i] for image in images] for i in (2, 3))
        seen |= {int(v) for image in zip(found, truth, counted, strict=True) for v in classify_detections(*image)}
        assert by_subset(found, truth, {"s": counted})["s"] == pytest.approx(official(images), abs=1e-12)
    assert seen == {TRUE_POSITIVE, FALSE_POSITIVE, IGNORED}


def test_verdicts_by_hand() -> None:
    truth = np.array([[0, 0, 10, 10], [20, 0, 30, 10], [100, 100, 101, 101]])
    found = Faces(
        [[0, 0, 10, 9], [0, 0, 10, 10], [20, 0, 30, 10], [20, 0, 30, 9], [50, 50, 60, 60], [100, 100, 101, 101]],
        [1, 2, 3, 4, 5, 6],
    )
    counted = np.array([True, False, True])
    # The surer detection of the first face is right though it stands second; what is on the second does not count.
    assert classify_detections(found, truth, counted).tolist() == [
        FALSE_POSITIVE,
        TRUE_POSITIVE,
        IGNORED,
        IGNORED,
        FALSE_POSITIVE,
        TRUE_POSITIVE,
    ]
    assert classify_detections(found, truth[:0], counted[:0]).tolist() == [IGNORED] * 6
    assert classify_detections(Faces.none(), truth, counted).tolist() == []


def test_one_half_is_enough_and_boxes_end_in_a_pixel() -> None:
    # 10 of 20 pixels, 9 of 18 by our own counting: one more each way makes it 11 * 10 of 11 * 20.
    truth, all_ = np.array([[0, 0, 10, 19]]), np.ones(1, bool)
    assert classify_detections(Faces([[0, 0, 10, 9]], [1]), truth, all_).tolist() == [TRUE_POSITIVE]
    assert classify_detections(Faces([[0, 0, 10, 8.9]], [1]), truth, all_).tolist() == [FALSE_POSITIVE]


def test_an_ignored_face_takes_what_overlaps_it_best() -> None:
    # The detection overlaps the counted face by more than one half, and the ignored one still more.
    truth = np.array([[0, 0, 20, 20], [2, 0, 22, 20]])
    found = Faces([[2, 0, 22, 20]], [1])
    assert classify_detections(found, truth, np.array([True, False])).tolist() == [IGNORED]
    assert classify_detections(found, truth, np.array([True, True])).tolist() == [TRUE_POSITIVE]


def test_area_by_hand() -> None:
    # Right, wrong, right of four faces: precision 1 up to a recall of 1/4, 2/3 up to 1/2, nothing beyond.
    verdict, scores = np.array([TRUE_POSITIVE, FALSE_POSITIVE, IGNORED, TRUE_POSITIVE]), np.array([4.0, 3.0, 2.5, 2.0])
    assert average_precision(verdict, scores, 4) == pytest.approx(1 / 4 + 2 / 3 / 4)
    order = np.array([2, 0, 3, 1])
    assert average_precision(verdict[order], scores[order], 4) == pytest.approx(1 / 4 + 2 / 3 / 4)


def test_scores_that_a_threshold_cannot_tell_apart_count_together() -> None:
    gap = 0.4 / THRESHOLDS
    verdict, scores = np.array([FALSE_POSITIVE, TRUE_POSITIVE, FALSE_POSITIVE]), np.array([1.0, 1.0 - gap, 0.0])
    assert average_precision(verdict, scores, 1) == pytest.approx(0.5)
    assert average_precision(verdict[::-1], scores, 1) == pytest.approx(0.5)


def test_nothing_found_one_score_and_nothing_to_find() -> None:
    assert average_precision(np.zeros(0, int), np.zeros(0), 3) == 0
    assert average_precision(np.array([TRUE_POSITIVE, TRUE_POSITIVE]), np.array([7.0, 7.0]), 2) == 1
    assert average_precision(np.array([FALSE_POSITIVE]), np.array([7.0]), 0) is None
    assert by_subset([], [], {"easy": []}) == {"easy": None}
