"""Recall and MABO in closed form and against slow loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.core.errors import UserError
from eigen2arc.core.metrics import proposals


def slow_iou(a: np.ndarray, b: np.ndarray) -> float:
    """By counting unit squares."""

    def squares(box: np.ndarray) -> set[tuple[int, int]]:
        x1, y1, x2, y2 = (int(v) for v in box)
        return {(x, y) for x in range(x1, x2) for y in range(y1, y2)}

    return len(squares(a) & squares(b)) / len(squares(a) | squares(b))


def test_strips_of_a_face_in_closed_form() -> None:
    """A face of height 10 and proposals that show its lower 2, 5, 6 and 10 rows."""
    face = np.array([[0, 0, 10, 10]])
    boxes = np.array([[0, 8, 10, 10], [0, 5, 10, 10], [0, 4, 10, 10], [0, 0, 10, 10]], np.float32)
    overlaps = proposals.best_overlaps(boxes, face, [1, 2, 3, 4, 1000])
    np.testing.assert_allclose(overlaps[:, 0], [0.2, 0.5, 0.6, 1.0, 1.0], rtol=1e-6)
    np.testing.assert_array_equal(proposals.recall(overlaps), [0, 0, 1, 1, 1])  # one half is not above one half
    np.testing.assert_array_equal(proposals.recall(overlaps, 0.6000001), [0, 0, 0, 1, 1])
    np.testing.assert_allclose(proposals.mabo(overlaps), [0.2, 0.5, 0.6, 1.0, 1.0], rtol=1e-6)


def test_faces_count_alike_whatever_image_they_are_in() -> None:
    """Two images, one face of one found, three of three half covered."""
    whole = np.array([[0, 0, 4, 4]], np.float32)
    halves = np.array([[0, 0, 4, 4], [10, 0, 14, 4], [20, 0, 24, 4]])
    left = halves - np.array([0, 0, 2, 0])
    found = np.concatenate(
        [proposals.best_overlaps(whole, whole, [3]), proposals.best_overlaps(left.astype(np.float32), halves, [3])],
        axis=1,
    )
    assert proposals.recall(found)[0] == 0.25
    assert proposals.mabo(found)[0] == pytest.approx((1 + 3 * 0.5) / 4)


boxes_4 = st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 9), st.integers(1, 9))


@given(st.lists(boxes_4, max_size=7), st.lists(boxes_4, min_size=1, max_size=3), st.integers(1, 9))
def test_best_overlaps_by_slow_loops(proposed: list, truth: list, count: int) -> None:
    corners = lambda rows: np.array([(x, y, x + w, y + h) for x, y, w, h in rows], np.float32).reshape(-1, 4)  # noqa: E731
    got = proposals.best_overlaps(corners(proposed), corners(truth), [count])[0]
    for t, box in enumerate(corners(truth)):
        expected = max((slow_iou(box, other) for other in corners(proposed)[:count]), default=0.0)
        assert got[t] == pytest.approx(expected, rel=1e-5)


@given(st.lists(boxes_4, min_size=1, max_size=30), st.lists(boxes_4, min_size=1, max_size=5))
def test_more_boxes_never_cover_less(proposed: list, truth: list) -> None:
    corners = [np.array([(x, y, x + w, y + h) for x, y, w, h in rows], np.float32) for rows in (proposed, truth)]
    overlaps = proposals.best_overlaps(*corners, [1, 2, 5, 10, 30])
    for figure in (proposals.recall(overlaps), proposals.recall(overlaps, 0.7), proposals.mabo(overlaps)):
        assert (np.diff(figure) >= 0).all() and (figure >= 0).all() and (figure <= 1).all()


def test_no_annotated_face_is_said() -> None:
    nothing = proposals.best_overlaps(np.zeros((3, 4), np.float32), np.zeros((0, 4)), [1, 10])
    for figure in (proposals.recall, proposals.mabo):
        with pytest.raises(UserError, match="no annotated face"):
            figure(nothing)
