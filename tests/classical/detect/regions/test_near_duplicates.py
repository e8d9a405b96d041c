"""Dropping near duplicates against greedy non-maximum suppression."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from eigen2arc.classical.detect.regions.near_duplicates import drop_near_duplicates
from eigen2arc.core.geometry import nms

boxes_4 = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=60
)


@given(boxes_4, st.sampled_from([0.31, 0.52, 0.71, 0.93]))
def test_the_same_boxes_as_non_maximum_suppression(rows: list, max_iou: float) -> None:
    """At thresholds that no ratio of such small areas meets, where "above" and "from ... on" are one."""
    boxes = np.array([(x, y, x + w, y + h) for x, y, w, h in rows], np.int32)
    kept = nms(boxes.astype(np.float64), -np.arange(len(boxes)), max_iou)
    np.testing.assert_array_equal(drop_near_duplicates(boxes, max_iou), boxes[kept])


@given(boxes_4)
def test_at_one_only_equal_boxes_go(rows: list) -> None:
    boxes = np.array([(x, y, x + w, y + h) for x, y, w, h in rows], np.int32)
    _, first = np.unique(boxes, axis=0, return_index=True)
    np.testing.assert_array_equal(drop_near_duplicates(boxes, 1.0), boxes[np.sort(first)])


def test_a_ratio_that_is_met_is_a_duplicate_and_none_is_none() -> None:
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 9], [0, 0, 10, 8]], np.int32)
    np.testing.assert_array_equal(drop_near_duplicates(boxes, 0.9), boxes[[0, 2]])
    assert drop_near_duplicates(boxes[:0], 0.9).shape == (0, 4)
