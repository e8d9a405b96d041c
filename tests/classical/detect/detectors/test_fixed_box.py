"""The detector that does not look."""

import numpy as np
import pytest

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (112, 92)])
def test_every_image_is_one_face(shape: tuple[int, int]) -> None:
    (faces,) = plugins.build("detector", "fixed_box").detect([np.zeros((*shape, 3), np.uint8)])
    assert faces.boxes.tolist() == [[0, 0, shape[1], shape[0]]]
    assert faces.scores.tolist() == [1] and faces.landmarks is None


def test_a_box_is_shares_of_width_and_height() -> None:
    images = [np.zeros((100, 200, 3), np.uint8), np.full((40, 40, 3), 255, np.uint8)]
    wide, square = plugins.build("detector", "fixed_box", box=[0.25, 0.5, 1, 0.75]).detect(images)
    assert wide.boxes.tolist() == [[50, 50, 200, 75]]
    assert square.boxes.tolist() == [[10, 20, 40, 30]]


@pytest.mark.parametrize("box", [[0.5, 0, 0.5, 1], [0, 0.8, 1, 0.2]])
def test_boxes_without_extent_are_refused(box: list[float]) -> None:
    with pytest.raises(UserError, match=r"fixed_box: box: expected \[x1, y1, x2, y2\] with x1 < x2"):
        plugins.build("detector", "fixed_box", box=box)
