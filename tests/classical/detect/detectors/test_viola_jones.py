"""The detector on synthetic faces and at its border. The windows themselves: tests/classical/detect/cascade/engine."""

from dataclasses import replace

import numpy as np
import pytest

from eigen2arc.classical.detect.cascade.engine.group_rectangles import similar_sets
from eigen2arc.classical.detect.detectors.viola_jones import build, eye_pair
from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.geometry import iou
from eigen2arc.core.image import to_grey


@pytest.mark.parametrize("shape", [(1, 1, 3), (10, 200, 3), (23, 23, 3), (60, 60, 3)])
def test_no_face_is_a_faces_of_length_0(shape: tuple[int, int, int]) -> None:
    (faces,) = build().detect([np.full(shape, 90, np.uint8)])
    assert len(faces) == 0


def test_no_images() -> None:
    assert build().detect([]) == []


def test_a_cascade_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UserError, match="none.xml: no such cascade file"):
        build(cascade="none.xml")


def test_the_surest_pair_that_lies_as_eyes_do() -> None:
    boxes = np.array([[60, 30, 20, 20], [20, 32, 20, 20], [20, 80, 20, 20], [62, 34, 20, 20]])
    weights = np.array([2.0, 1.0, 9.0, 1.0])
    np.testing.assert_array_equal(eye_pair(boxes, weights, 100), [[30, 42], [70, 40]])
    assert np.isnan(eye_pair(boxes[[1, 2]], weights[:2], 100)).all()


def test_synthetic_faces_and_their_eyes_are_found() -> None:
    people = plugins.build("dataset", "synthetic", people=40, images_per_person=1, seed=7, difficulty=0.2)
    errors, found = [], 0
    for faces, truth in zip(build().detect(list(people.images)), people.faces, strict=True):
        overlap = iou(faces.boxes, truth.boxes)[:, 0]
        if not (overlap >= 0.5).any():
            continue
        found += 1
        eyes, expected = faces.landmarks[overlap.argmax(), :2], truth.landmarks[0, :2]
        if not np.isnan(eyes).any():
            errors.append(np.linalg.norm(eyes - expected, axis=1) / np.linalg.norm(expected[1] - expected[0]))
    assert found >= 38
    assert len(errors) >= 36
    # Both as shares of the distance between the eyes: a quarter of it is where an eye ends.
    assert np.mean(errors) < 0.08
    assert np.quantile(errors, 0.95) < 0.25


def test_a_box_is_where_the_cascade_says_that_the_face_lies_in_its_windows() -> None:
    people = plugins.build("dataset", "synthetic", people=3, images_per_person=1, seed=7, difficulty=0.2)
    plain, told = (build(cascade="haarcascade_frontalface_default.xml", eye_cascade="") for _ in range(2))
    told.face = replace(told.face, face=(0.1, -0.2, 0.9, 1.3))
    for windows, faces in zip(plain.detect(list(people.images)), told.detect(list(people.images)), strict=True):
        side = windows.boxes[:, 2:] - windows.boxes[:, :2]
        expected = np.hstack([windows.boxes[:, :2] + side * [0.1, -0.2], windows.boxes[:, :2] + side * [0.9, 1.3]])
        np.testing.assert_allclose(faces.boxes, expected, rtol=1e-6)


def test_summed_scores_are_what_all_windows_have_above_the_threshold() -> None:
    image = plugins.build("dataset", "synthetic", people=1, images_per_person=1, seed=7, difficulty=0.2).images[0]
    grey, whole = to_grey(image), build(eye_cascade="", summed_scores=True)
    (faces,) = whole.detect([image])
    boxes, weights = whole.face.windows(grey, 1.1, 20)
    labels = similar_sets(boxes)
    largest = labels == np.bincount(labels).argmax()
    above = weights[largest] - whole.face.stages.thresholds[-1]
    assert faces.scores[0] == pytest.approx(above.sum(), rel=1e-5)


def test_the_shipped_cascade_finds_faces_as_they_are_annotated() -> None:
    people = plugins.build("dataset", "synthetic", people=30, images_per_person=1, seed=11, difficulty=0.2)
    detector = build(cascade="frontal_cascade_20.json", eye_cascade="")
    overlaps = [
        iou(faces.boxes[:1], truth.boxes).max(initial=0)
        for faces, truth in zip(detector.detect(list(people.images)), people.faces, strict=True)
    ]
    assert np.mean(np.array(overlaps) >= 0.5) >= 0.95
    assert np.median(overlaps) > 0.7


def test_fewer_stages_find_more_and_lose_nothing() -> None:
    image = plugins.build("dataset", "synthetic", people=1, images_per_person=1, seed=7, difficulty=0.2).images[0]
    windows = {
        stages: {tuple(box) for box in build(eye_cascade="", min_neighbors=0, stages=stages).detect([image])[0].boxes}
        for stages in (None, 20, 16, 12)
    }
    assert windows[None] == windows[20]
    assert windows[20] < windows[16] < windows[12]
    with pytest.raises(UserError, match=r"stages = 21: frontal_cascade_20.json has 20"):
        build(stages=21)
