"""The detector on synthetic faces and at its border. The windows themselves: tests/classical/test_cascade.py."""

import numpy as np
import pytest

from eigen2arc.classical.detectors.viola_jones import build
from eigen2arc.classical.eye_pair import eye_pair
from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.geometry import iou


@pytest.mark.parametrize("shape", [(1, 1, 3), (10, 200, 3), (23, 23, 3), (60, 60, 3)])
def test_no_face_is_a_faces_of_length_0(shape: tuple[int, int, int]) -> None:
    (faces,) = build().detect([np.full(shape, 90, np.uint8)])
    assert len(faces) == 0


def test_no_images() -> None:
    assert build().detect([]) == []


@pytest.mark.parametrize("settings", [{"scale_factor": 1.0}, {"min_neighbors": -1}, {"cascade": "none.xml"}])
def test_settings_that_cannot_be(settings: dict[str, float | str]) -> None:
    with pytest.raises(UserError):
        build(**settings)


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
