"""Boxes of faces become boxes of heads, by the generator's geometry."""

import numpy as np
import pytest

from eigen2arc.classical.detect.channels.engine.window_features import boxes_in
from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError


def test_a_face_in_a_window_becomes_the_head_in_it() -> None:
    window = np.array([[10.0, 20, 42, 52]])
    face, head = boxes_in(window, "face")[0], boxes_in(window, "head")[0]
    shares = (face / [100, 80, 100, 80]).tolist()
    detector = plugins.build("detector", "head_boxes", of={"name": "fixed_box", "box": shares})
    (found,) = detector.detect([np.zeros((80, 100, 3), np.uint8)])
    np.testing.assert_allclose(found.boxes[0], head, atol=1e-4)
    assert found.scores.tolist() == [1]


def test_points_and_the_test_scale_are_those_of_the_detector() -> None:
    people = plugins.build("dataset", "synthetic", people=1, images_per_person=1, difficulty=0.0)
    table = {"name": "mtcnn", "min_size_px": 60, "device": "cpu"}
    (plain,) = plugins.build("detector", **table).detect([people.images[0]])
    detector = plugins.build("detector", "head_boxes", of=table)
    (grown,) = detector.detect([people.images[0]])
    np.testing.assert_array_equal(grown.landmarks, plain.landmarks)
    assert (grown.boxes[:, 1] < plain.boxes[:, 1]).all() and (grown.boxes[:, 3] == plain.boxes[:, 3]).all()
    assert detector.test_scale == "images as they are"


@pytest.mark.parametrize(
    ("of", "message"), [("mtcn", "no detector is called"), ({}, "head_boxes: of: expected a name")]
)
def test_what_is_no_detector_is_refused(of: object, message: str) -> None:
    with pytest.raises(UserError, match=message):
        plugins.build("detector", "head_boxes", of=of)
