"""The plug-in: its weights, its settings, and batches of any sizes on random weights."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.deep.detect.single_shot.inference.detector import SingleShot
from eigen2arc.deep.detect.single_shot.networks.network import make
from eigen2arc.deep.weights_io import checkpoint


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random narrow network."""
    torch.manual_seed(11)
    path = tmp_path_factory.mktemp("weights") / "ssh.safetensors"
    checkpoint.save(path, make("ssh0.25", "ssh").state_dict(), {"variant": "ssh0.25"})
    return path


def detector(weights: Path, **settings: Any) -> SingleShot:
    return plugins.build("detector", "ssh", weights=weights, **{"device": "cpu"} | settings)


def test_batches_of_any_sizes_give_what_each_image_gives_alone(weights: Path) -> None:
    found = detector(weights, threshold=0.4)
    rng = np.random.default_rng(1)
    images = [rng.integers(0, 256, (*size, 3)).astype(np.uint8) for size in [(60, 80), (12, 12), (60, 80), (1, 90)]]
    batch = found.detect(images)
    assert all(len(faces) for faces in batch)
    for image, faces in zip(images, batch, strict=True):
        (alone,) = found.detect([image])
        np.testing.assert_allclose(faces.scores, alone.scores, atol=1e-5)
        np.testing.assert_allclose(faces.boxes, alone.boxes, atol=1e-2)


def test_it_says_to_what_size_it_scales(weights: Path) -> None:
    assert detector(weights, scale=0.5).test_scale == "images x 0.5, 1920 px at most"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"variant": "slim"}, "variant: slim is a network of the detector retinaface, not of ssh"),
        ({"threshold": 2}, "ssh: threshold = 2: expected a number from 0 to 1"),
        ({"scale": "1"}, "ssh: scale = '1': expected a number from 0.01"),
        ({"min_size_px": -1}, "ssh: min_size_px = -1: expected a number of at least 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(weights: Path, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        detector(weights, **settings)


def test_other_weights_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.safetensors: there is no such file; the detector ssh needs"):
        detector(tmp_path / "none.safetensors")
    torch.save({"a": torch.zeros(1)}, tmp_path / "ssh.pth")
    with pytest.raises(UserError, match=r"ssh\.pth: expected a \.safetensors file trained here"):
        detector(tmp_path / "ssh.pth")
    checkpoint.save(tmp_path / "slim.safetensors", make("slim").state_dict(), {"variant": "slim"})
    with pytest.raises(UserError, match="expected weights of the variant ssh0.25, got slim"):
        detector(tmp_path / "slim.safetensors")
