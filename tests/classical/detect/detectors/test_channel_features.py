"""The channel detector: what its boxes hold, how small a face may be, what is refused, and how windows are merged."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from eigen2arc.classical.detect.detectors.channel_features import AGREE, OVERLAP, merge_windows
from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.geometry import area, intersection, iou

PEOPLE = plugins.build("dataset", "synthetic", people=3, images_per_person=1, difficulty=0.0)


@pytest.fixture(scope="module")
def portrait() -> tuple[np.ndarray, np.ndarray]:
    return PEOPLE.images[2], PEOPLE.faces[2].boxes


def test_a_head_holds_the_face_and_ends_at_the_same_chin(portrait: tuple[np.ndarray, np.ndarray]) -> None:
    (face,) = plugins.build("detector", "channel_features").detect([portrait[0]])
    (head,) = plugins.build("detector", "channel_features", extent="head").detect([portrait[0]])
    np.testing.assert_array_equal(face.scores, head.scores)
    assert (head.boxes[0, :2] < face.boxes[0, :2]).all()
    assert head.boxes[0, 3] == pytest.approx(face.boxes[0, 3], abs=1e-3)


def test_five_points_are_found_where_a_model_is_given(portrait: tuple[np.ndarray, np.ndarray]) -> None:
    truth = PEOPLE.faces[2].landmarks[0]
    (faces,) = plugins.build("detector", "channel_features").detect([portrait[0]])
    errors_px = np.linalg.norm(faces.landmarks[0] - truth, axis=1)
    assert errors_px.mean() < 0.1 * np.linalg.norm(truth[1] - truth[0])
    (bare,) = plugins.build("detector", "channel_features", landmarks="").detect([portrait[0]])
    assert bare.landmarks is None
    np.testing.assert_array_equal(bare.boxes, faces.boxes)


@pytest.mark.parametrize("height_px", [22, 40, 90])
def test_faces_are_found_from_twenty_pixels_on(portrait: tuple[np.ndarray, np.ndarray], height_px: int) -> None:
    image, boxes = portrait
    scale = height_px / (boxes[0, 3] - boxes[0, 1])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    (faces,) = plugins.build("detector", "channel_features").detect([small])
    assert len(faces)
    assert iou(faces.boxes[:1], boxes * scale)[0, 0] > 0.5


@pytest.mark.parametrize("grown", [1.0, 1.1, 1.3])
def test_a_face_is_found_in_an_image_that_ends_around_it(portrait: tuple[np.ndarray, np.ndarray], grown: float) -> None:
    """The window is larger than the image: what it holds beside the face is the border, repeated."""
    image, ((x1, y1, x2, y2),) = portrait
    by_x, by_y = (grown - 1) / 2 * (x2 - x1), (grown - 1) / 2 * (y2 - y1)
    left, top, right, bottom = np.rint([x1 - by_x, y1 - by_y, x2 + by_x, y2 + by_y]).astype(int).clip(0)
    (faces,) = plugins.build("detector", "channel_features").detect([image[top:bottom, left:right]])
    box = portrait[1] - np.array([left, top, left, top])
    assert len(faces) and iou(faces.boxes[:1], box)[0, 0] > 0.6


def test_a_face_below_the_smallest_size_is_not_looked_for(portrait: tuple[np.ndarray, np.ndarray]) -> None:
    image, boxes = portrait
    (faces,) = plugins.build("detector", "channel_features", min_size_px=60).detect([image])
    assert (faces.boxes[:, 3] - faces.boxes[:, 1] > 59).all()
    assert iou(faces.boxes[:1], boxes)[0, 0] > 0.5


def test_a_higher_least_score_leaves_the_best_only(portrait: tuple[np.ndarray, np.ndarray]) -> None:
    pair = np.concatenate([portrait[0], portrait[0] // 2 + 60], axis=1)
    (faces,) = plugins.build("detector", "channel_features").detect([pair])
    least = float(faces.scores[0]) - 1e-3
    (best,) = plugins.build("detector", "channel_features", least_score=least).detect([pair])
    np.testing.assert_array_equal(best.boxes, faces.boxes[:1])


def test_other_models_are_refused(tmp_path: Path) -> None:
    from eigen2arc.core import model_file

    model_file.save(tmp_path / "other.safetensors", "eigenfaces", {}, {"mean": np.zeros(3, np.float32)})
    with pytest.raises(UserError, match="nowhere.safetensors"):
        plugins.build("detector", "channel_features", model="nowhere.safetensors")
    with pytest.raises(UserError, match="holds a model of 'eigenfaces'"):
        plugins.build("detector", "channel_features", model=str(tmp_path / "other.safetensors"))


def test_windows_that_agree_become_their_weighted_mean_and_their_sum() -> None:
    windows = np.array([[0.0, 0, 10, 10], [1, 0, 11, 10], [40, 40, 50, 50]])
    boxes, scores = merge_windows(windows, np.array([1.0, 3.0, 2.0], np.float32))
    np.testing.assert_allclose(scores, [4, 2])
    np.testing.assert_allclose(boxes, [[0.75, 0, 10.75, 10], [40, 40, 50, 50]])


def test_a_part_of_a_face_goes_without_adding_to_it() -> None:
    windows = np.array([[0.0, 0, 20, 20], [5, 5, 12, 12]])
    boxes, scores = merge_windows(windows, np.array([2.0, 1.0], np.float32))
    np.testing.assert_allclose(boxes, windows[:1])
    np.testing.assert_allclose(scores, [2])


def test_no_windows_are_no_boxes() -> None:
    boxes, scores = merge_windows(np.zeros((0, 4)), np.zeros(0, np.float32))
    assert boxes.shape == (0, 4)
    assert scores.shape == (0,)


@given(arrays(np.int64, st.tuples(st.integers(1, 12), st.just(3)), elements=st.integers(0, 30)), st.integers(0, 1000))
def test_every_window_is_explained_and_the_best_come_first(corners: np.ndarray, seed: int) -> None:
    windows = np.concatenate([corners[:, :2], corners[:, :2] + 8 + corners[:, 2:]], axis=1).astype(np.float64)
    given_scores = np.random.default_rng(seed).uniform(0.1, 5, len(windows)).astype(np.float32)
    boxes, scores = merge_windows(windows, given_scores)
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
