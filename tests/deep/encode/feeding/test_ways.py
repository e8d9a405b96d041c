"""How pixels are given to networks: against the sums written out for a pixel."""

import numpy as np
import pytest

from eigen2arc.deep.encode.feeding.ways import WAYS

PIXEL = np.array([[[[200, 100, 7]]]], np.uint8)

GIVEN = {
    "insightface": (
        [72.5 / 127.5, -27.5 / 127.5, -120.5 / 127.5],
        "(pixel - 127.5) / 127.5, red",
    ),
    "facenet": ([(200 - 127.5) / 128, (100 - 127.5) / 128, (7 - 127.5) / 128], "(pixel - 127.5) / 128, red"),
    "caffe": ([7 - 103.939, 100 - 116.779, 200 - 123.68], "(pixel - (103.939 116.779 123.68)), blue"),
    "raw": ([200, 100, 7], "pixels 0..255, red"),
}


@pytest.mark.parametrize("name", WAYS)
def test_a_pixel_is_given_as_the_way_says(name: str) -> None:
    numbers, words = GIVEN[name]
    np.testing.assert_allclose(WAYS[name].apply(PIXEL)[0, 0, 0], numbers, rtol=1e-6)
    assert str(WAYS[name]) == f"{words} first"
