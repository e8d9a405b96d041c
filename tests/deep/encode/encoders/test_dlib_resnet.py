"""What dlib's network is given, and that our four points lead to vectors near those of dlib's own."""

from importlib.util import find_spec

import cv2
import numpy as np
import pytest

from eigen2arc.core.align import dlib_points, template_points
from eigen2arc.core.plugins import build
from eigen2arc.core.types import Faces
from eigen2arc.deep.encode.encoders.dlib_resnet import DlibResnet


class Seen:
    """A network that remembers its chips."""

    def __init__(self) -> None:
        self.chips: list[np.ndarray] = []

    def compute_face_descriptor(self, batch_img: list[np.ndarray], num_jitters: int) -> np.ndarray:
        assert num_jitters == 0
        self.chips += batch_img
        return np.zeros((len(batch_img), 128))


def test_chips_go_in_as_they_are_and_others_are_scaled(rng: np.random.Generator) -> None:
    for size_px in (150, 100, 300):
        crops, network = rng.integers(0, 256, (19, size_px, size_px, 3), dtype=np.uint8), Seen()
        assert DlibResnet(network, "dlib_chip").encode(crops).shape == (19, 128)
        how = cv2.INTER_AREA if size_px > 150 else cv2.INTER_LINEAR
        wanted = [cv2.resize(crop, (150, 150), interpolation=how) for crop in crops]
        np.testing.assert_array_equal(network.chips, wanted)


@pytest.mark.parametrize("size_px", [112, 150])
def test_a_five_point_crop_is_turned_into_the_chip(size_px: int, rng: np.random.Generator) -> None:
    """Cut out of a smooth image by either aligner, a face gives nearly the same chip, but for the chin."""
    coarse = rng.integers(0, 256, (12, 12, 3), dtype=np.uint8)
    image = cv2.resize(coarse, (400, 400), interpolation=cv2.INTER_CUBIC)
    points = template_points(200) + 100
    faces = Faces([[100, 100, 300, 300]], [1], points[None])
    network = Seen()
    crops = build("aligner", "five_point", size_px=size_px).align(image, faces)
    DlibResnet(network, "five_point").encode(crops)
    chip = build("aligner", "dlib_chip").align(image, faces)[0]
    seen = int(dlib_points(150)[3, 1]) + 20
    assert np.abs(network.chips[0][20:seen, 20:-20].astype(int) - chip[20:seen, 20:-20]).mean() < 3


@pytest.mark.skipif(find_spec("dlib") is None, reason="dlib is not installed: the extra dlib brings it")
def test_the_network_runs_and_its_batches_change_nothing(rng: np.random.Generator) -> None:
    encoder = build("encoder", "dlib_resnet")
    crops = rng.integers(0, 256, (3, 150, 150, 3), dtype=np.uint8)
    vectors = encoder.encode(crops)
    assert vectors.shape == (3, 128) and vectors.dtype == np.float32 and np.isfinite(vectors).all()
    np.testing.assert_array_equal(vectors[2:], encoder.encode(crops[2:]))
