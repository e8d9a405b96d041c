"""Matching and the discrete ROC against exhaustive search, slow loops and cases worked by hand."""

from itertools import combinations, permutations

import numpy as np
import pytest

from eigen2arc.core.errors import UserError
from eigen2arc.core.geometry import iou
from eigen2arc.core.metrics import detection
from eigen2arc.core.types import Faces


def most_hits(allowed: np.ndarray) -> int:
    """The largest number of allowed pairs in which no row and no column comes twice, by trying all of them."""
    n, t = allowed.shape
    for size in range(min(n, t), 0, -1):
        for rows in combinations(range(n), size):
            if any(allowed[list(rows), list(columns)].all() for columns in permutations(range(t), size)):
                return size
    return 0


def crowded(rng: np.random.Generator, count: int) -> np.ndarray:
    """Boxes so close to each other that most overlap by more than a half with several."""
    corner = rng.uniform(0, 12, (count, 2))
    return np.hstack([corner, corner + rng.uniform(24, 32, (count, 2))]).astype(np.float32)


def test_at_every_threshold_as_many_hits_as_there_can_be(rng: np.random.Generator) -> None:
    some_are_refused = False
    for _ in range(60):
        truth, boxes = crowded(rng, 4), crowded(rng, 5)
        scores = np.sort(rng.random(5))[::-1]
        hit = detection.match(Faces(boxes, scores), truth)
        allowed = iou(boxes, truth) > 0.5
        for n in range(1, 6):
            assert hit[:n].sum() == most_hits(allowed[:n])
        some_are_refused |= bool((allowed.any(axis=1) & ~hit).any())
    assert some_are_refused


def test_matches_by_hand() -> None:
    truth = np.array([[0, 0, 10, 10], [100, 0, 110, 10]])
    found = Faces([[0, 0, 10, 9], [0, 0, 10, 10], [100, 0, 110, 4], [50, 50, 60, 60]], [9, 8, 7, 6])
    # One detection to a face: the surer one, though the other fits better; the third overlaps by 0.4 only.
    assert detection.match(found, truth).tolist() == [True, False, False, False]
    assert detection.match(found, truth, min_iou=0.3).tolist() == [True, False, True, False]


def test_an_overlap_of_exactly_one_half_is_a_miss() -> None:
    found = Faces([[0, 0, 10, 5]], [1])
    assert detection.match(found, np.array([[0, 0, 10, 10]])).tolist() == [False]
    assert detection.match(found, np.array([[0, 0, 10, 9.9]])).tolist() == [True]


def test_a_detection_gives_way_where_that_makes_two_hits() -> None:
    # The surer detection covers both faces; the other only the first. Taking the nearest face would lose one.
    truth = np.array([[0, 0, 10, 10], [3, 0, 13, 10]])
    found = Faces([[1, 0, 11, 10], [-2, 0, 8, 10]], [2, 1])
    assert iou(found.boxes[:1], truth.astype(np.float32)).argmax() == 0
    assert detection.match(found, truth).tolist() == [True, True]


def test_none_found_and_none_there() -> None:
    assert detection.match(Faces.none(), np.zeros((3, 4))).tolist() == []
    assert detection.match(Faces([[0, 0, 1, 1]], [1]), np.zeros((0, 4))).tolist() == [False]


def test_curve_by_a_slow_loop(rng: np.random.Generator) -> None:
    scores, hits = rng.integers(0, 12, 80) / 4, rng.random(80) < 0.6
    false_positives, recall = detection.discrete_roc(hits, scores, faces=70)
    thresholds = [np.inf, *sorted(set(scores.tolist()), reverse=True)]
    assert false_positives.tolist() == [int(np.sum((scores >= t) & ~hits)) for t in thresholds]
    assert recall.tolist() == pytest.approx([np.sum((scores >= t) & hits) / 70 for t in thresholds])
    order = rng.permutation(80)
    shuffled = detection.discrete_roc(hits[order], np.exp(scores[order]), 70)
    np.testing.assert_array_equal(shuffled[0], false_positives)
    np.testing.assert_array_equal(shuffled[1], recall)


def test_recall_at_false_positives_by_hand() -> None:
    hits = np.array([1, 0, 1, 0, 1, 1], bool)
    scores = np.array([9, 8, 7, 7, 6, 5])
    false_positives, recall = detection.discrete_roc(hits, scores, faces=5)
    assert false_positives.tolist() == [0, 0, 1, 2, 2, 2]
    assert recall.tolist() == pytest.approx([0, 0.2, 0.2, 0.4, 0.6, 0.8])
    assert detection.recall_at_fp(false_positives, recall, 0) == pytest.approx(0.2)
    assert detection.recall_at_fp(false_positives, recall, 1) == pytest.approx(0.2)  # the tie at 7 goes to 2 at once
    assert detection.recall_at_fp(false_positives, recall, 2) == pytest.approx(0.8)
    assert detection.recall_at_fp(false_positives, recall, 200) == pytest.approx(0.8)


def test_summary() -> None:
    figures = detection.summary(np.array([True, False]), np.array([2.0, 1.0]), faces=4, images=3, protocol="p")
    assert figures == {
        "recall_at_fp": {"10": 0.25, "50": 0.25, "100": 0.25, "200": 0.25},
        "recall": 0.25,
        "false_positives": 1,
        "detections": 2,
        "faces": 4,
        "images": 3,
        "protocol": "p",
    }
    nothing = detection.summary(np.zeros(0, bool), np.zeros(0), faces=4, images=3, protocol="p")
    assert (nothing["recall"], nothing["recall_at_fp"]["10"], nothing["detections"]) == (0.0, 0.0, 0)


def test_no_annotated_face() -> None:
    with pytest.raises(UserError, match="no annotated face"):
        detection.discrete_roc(np.zeros(0, bool), np.zeros(0), faces=0)
