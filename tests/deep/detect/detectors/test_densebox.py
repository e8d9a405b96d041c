"""The plug-in: its settings and its pyramid, with weights set by hand that find what is bright."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.geometry import iou
from eigen2arc.deep.detect.single_shot.inference.detector import SingleShot
from eigen2arc.deep.detect.single_shot.networks.densebox import DenseBox
from eigen2arc.deep.weights_io import checkpoint


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that says of every cell how bright it is there, and that the box is one of 50 pixels around it."""
    network = DenseBox()
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.Conv2d):
                module.weight.zero_()
                # Only the first channel is used, and handed on as it is.
                module.weight[0, 0, module.kernel_size[0] // 2, module.kernel_size[1] // 2] = 1
        last = network.head.logits[1]
        last.weight.zero_()
        last.weight[1, 0], last.bias[1] = 4.0, -4.0  # a face where red is brighter than its mean by 57.6
        network.head.boxes[1].weight.zero_()
        network.head.boxes[1].bias.copy_(torch.tensor([0.5, 0.5, -0.5, -0.5]))
        network.head.points[1].weight.zero_()
        network.head.points[1].bias.zero_()
    path = tmp_path_factory.mktemp("weights") / "densebox.safetensors"
    checkpoint.save(path, network.state_dict(), {"variant": "densebox"})
    return path


def detector(weights: Path, **settings: Any) -> SingleShot:
    return plugins.build("detector", "densebox", weights=weights, **{"device": "cpu"} | settings)


def spot(height: int, width: int, x: int, y: int, radius: int) -> np.ndarray:
    """Brightest in its middle, and dark at that radius."""
    rows, columns = np.mgrid[:height, :width] + 0.5
    away = np.hypot(columns - x, rows - y) / radius
    return np.repeat((60 + 195 * (1 - away).clip(0))[..., None], 3, axis=2).astype(np.uint8)


@pytest.mark.parametrize(("min_size_px", "side"), [(25, 25), (50, 50), (100, 100)])
def test_boxes_are_as_large_as_the_level_makes_them(weights: Path, min_size_px: float, side: float) -> None:
    image = spot(140, 200, x=120, y=60, radius=20)
    (faces,) = detector(weights, min_size_px=min_size_px, factor=0.1).detect([image])
    expected = np.array([[120 - side / 2, 60 - side / 2, 120 + side / 2, 60 + side / 2]], np.float32)
    assert iou(faces.boxes[:1], expected)[0, 0] > 0.8
    assert faces.landmarks is not None
    np.testing.assert_allclose(faces.landmarks[0], np.full((5, 2), [120, 60]), atol=6)


def test_batches_of_any_sizes_give_what_each_image_gives_alone(weights: Path) -> None:
    found = detector(weights)
    images = [spot(90, 120, 50, 40, 20), spot(60, 60, 30, 30, 16), np.zeros((12, 300, 3), np.uint8)]
    images += [spot(90, 120, 60, 60, 40), np.full((1, 1, 3), 255, np.uint8)]
    batch = found.detect(images)
    assert [len(faces) > 0 for faces in batch] == [True, True, False, True, False]
    for image, faces in zip(images, batch, strict=True):
        (alone,) = found.detect([image])
        np.testing.assert_allclose(faces.scores, alone.scores, atol=1e-4)
        np.testing.assert_allclose(faces.boxes, alone.boxes, atol=0.05)


def test_levels_of_large_images_are_bounded(weights: Path) -> None:
    found = detector(weights, longest_side_px=128)
    seen = []
    found.network.register_forward_pre_hook(lambda module, args: seen.append(tuple(args[0].shape)))
    found.detect([np.zeros((3000, 4000, 3), np.uint8)])
    assert seen == [(1, 3, 96, 128), (1, 3, 68, 91), (1, 3, 48, 65)]


def test_it_says_to_what_size_it_scales(weights: Path) -> None:
    assert detector(weights).test_scale == "a pyramid for faces from 20 px on, 1920 px at most"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"threshold": -1}, "densebox: threshold = -1: expected a number from 0 to 1"),
        ({"nms_threshold": "0.4"}, "densebox: nms_threshold = '0.4': expected a number"),
        ({"min_size_px": 0}, "densebox: min_size_px = 0: expected a number from 4"),
        ({"factor": 1.0}, "densebox: factor = 1.0: expected a number from 0.1 to 0.95"),
        ({"longest_side_px": 0}, "densebox: longest_side_px = 0: expected a whole number"),
        ({"weights": "/no/such.safetensors"}, r"/no/such\.safetensors: there is no such file; the detector densebox"),
    ],
)
def test_settings_that_make_no_sense_are_refused(weights: Path, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        plugins.build("detector", "densebox", **{"weights": weights, "device": "cpu"} | settings)
