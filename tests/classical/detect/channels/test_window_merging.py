"""Merging of windows: worked by hand, and what holds for any windows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from eigen2arc.classical.detect.channels.window_merging import AGREE, OVERLAP, merge
from eigen2arc.core.geometry import area, intersection, iou


def test_windows_that_agree_become_their_weighted_mean_and_their_sum() -> None:
    windows = np.array([[0.0, 0, 10, 10], [1, 0, 11, 10], [40, 40, 50, 50]])
    boxes, scores = merge(windows, np.array([1.0, 3.0, 2.0], np.float32))
    np.testing.assert_allclose(scores, [4, 2])
    np.testing.assert_allclose(boxes, [[0.75, 0, 10.75, 10], [40, 40, 50, 50]])


def test_a_part_of_a_face_goes_without_adding_to_it() -> None:
    windows = np.array([[0.0, 0, 20, 20], [5, 5, 12, 12]])
    boxes, scores = merge(windows, np.array([2.0, 1.0], np.float32))
    np.testing.assert_allclose(boxes, windows[:1])
    np.testing.assert_allclose(scores, [2])


def test_no_windows_are_no_boxes() -> None:
    boxes, scores = merge(np.zeros((0, 4)), np.zeros(0, np.float32))
    assert boxes.shape == (0, 4)
    assert scores.shape == (0,)


@given(arrays(np.int64, st.tuples(st.integers(1, 12), st.just(3)), elements=st.integers(0, 30)), st.integers(0, 1000))
def test_every_window_is_explained_and_the_best_come_first(places: np.ndarray, seed: int) -> None:
    windows = np.concatenate([places[:, :2], places[:, :2] + 8 + places[:, 2:]], axis=1).astype(np.float64)
    given_scores = np.random.default_rng(seed).uniform(0.1, 5, len(windows)).astype(np.float32)
    boxes, scores = merge(windows, given_scores)
    assert (np.diff(scores) <= 0).all()
    assert scores[0] >= given_scores.max() - 1e-5
    # A slow greedy pass over a matrix keeps as many.
    smaller = np.minimum(area(windows)[:, None], area(windows)[None])
    gone, kept = np.zeros(len(windows), bool), []
    for i in np.argsort(-given_scores, kind="stable"):
        if not gone[i]:
            kept.append(i)
            agree = ~gone & (iou(windows, windows)[i] > AGREE)
            assert np.isclose(scores, given_scores[agree].sum()).any()
            gone |= intersection(windows, windows)[i] > OVERLAP * smaller[i]
            gone[i] = True
    assert len(boxes) == len(kept)
