"""The detector's border: odd sizes, empty input, settings. The windows themselves: tests/classical/test_cascade.py."""

import numpy as np
import pytest

from eigen2arc.classical.detectors.viola_jones import build
from eigen2arc.classical.eye_pair import eye_pair
from eigen2arc.core.errors import UserError


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
