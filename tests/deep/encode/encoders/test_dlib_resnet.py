"""What dlib's network is given, and that our four points lead to vectors near those of dlib's own."""

from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from eigen2arc.core.align import dlib_points, template_points
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build
from eigen2arc.core.types import Faces
from eigen2arc.deep.encode.encoders.dlib_resnet import BATCH, WEIGHTS, DlibResnet
from eigen2arc.deep.weights_io.dlib_models import model_file


class Seen(torch.nn.Module):
    """A network that remembers its chips."""

    size_px, embedding_size = 150, 128

    def __init__(self) -> None:
        super().__init__()
        self.chips: list[np.ndarray] = []

    def forward(self, chips: torch.Tensor) -> torch.Tensor:
        self.chips += list(chips.numpy())
        return torch.zeros((len(chips), 128))


def encoder(network: torch.nn.Module, crops: str) -> DlibResnet:
    return DlibResnet(network, crops, torch.device("cpu"))  # type: ignore[arg-type]


def test_chips_go_in_as_they_are_and_others_are_scaled(rng: np.random.Generator) -> None:
    for size_px in (150, 100, 300):
        crops, network = rng.integers(0, 256, (BATCH + 3, size_px, size_px, 3), dtype=np.uint8), Seen()
        assert encoder(network, "dlib_chip").encode(crops).shape == (BATCH + 3, 128)
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
    encoder(network, "five_point").encode(crops)
    chip = build("aligner", "dlib_chip").align(image, faces)[0]
    seen = int(dlib_points(150)[3, 1]) + 20
    assert np.abs(network.chips[0][20:seen, 20:-20].astype(int) - chip[20:seen, 20:-20]).mean() < 3


@pytest.mark.skipif(find_spec("face_recognition_models") is None, reason="the extra dlib brings its weights")
def test_the_weights_are_those_of_the_package_or_of_a_file(rng: np.random.Generator, tmp_path: Path) -> None:
    """dlib itself need not be there."""
    built = build("encoder", "dlib_resnet", device="cpu")
    crops = rng.integers(0, 256, (3, 150, 150, 3), dtype=np.uint8)
    vectors = built.encode(crops)
    assert vectors.shape == (3, 128) and vectors.dtype == np.float32 and np.isfinite(vectors).all()
    # By the batch a network rounds otherwise.
    np.testing.assert_allclose(vectors[2:], built.encode(crops[2:]), atol=1e-5)
    named = build("encoder", "dlib_resnet", weights=model_file(WEIGHTS), device="cpu")
    np.testing.assert_array_equal(named.encode(crops), vectors)
    (tmp_path / "other.dat").write_bytes(b"other")
    with pytest.raises(UserError, match=r"other\.dat: is not the network of dlib"):
        build("encoder", "dlib_resnet", weights=tmp_path / "other.dat")
