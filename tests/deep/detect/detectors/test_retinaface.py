"""The detector: sizes, batches and settings on random weights; faces of photographs on the public ones."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.geometry import iou
from eigen2arc.core.types import Faces
from eigen2arc.deep.detect.single_shot.anchors.scales import SingleScale
from eigen2arc.deep.detect.single_shot.inference import detector as single_shot
from eigen2arc.deep.detect.single_shot.inference.detector import SingleShot
from eigen2arc.deep.detect.single_shot.networks.network import MEAN, load, make
from eigen2arc.deep.weights_io import checkpoint

FILES = {"mobilenet0.25": "mobilenet0.25_Final.pth", "slim": "slim_Final.pth", "rfb": "RBF_Final.pth"}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random slim network."""
    torch.manual_seed(11)
    path = tmp_path_factory.mktemp("weights") / "slim.safetensors"
    checkpoint.save(path, make("slim").state_dict(), {"variant": "slim"})
    return path


def detector(weights: Path, **settings: Any) -> SingleShot:
    return plugins.build("detector", "retinaface", weights=weights, **{"variant": "slim", "device": "cpu"} | settings)


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def assert_near(a: Faces, b: Faces) -> None:
    assert len(a) == len(b)
    np.testing.assert_allclose(a.scores, b.scores, atol=1e-5)
    np.testing.assert_allclose(a.boxes, b.boxes, atol=1e-2)
    np.testing.assert_allclose(a.landmarks, b.landmarks, atol=1e-2)


def test_batches_of_any_sizes_give_what_each_image_gives_alone(weights: Path) -> None:
    found = detector(weights, threshold=0.3)
    sizes = [(60, 80), (12, 12), (60, 80), (1, 1), (80, 60), (60, 80), (1, 200)]
    images = [noise(*size, seed=i) for i, size in enumerate(sizes)]
    before = [image.copy() for image in images]
    batch = found.detect(images)
    assert len(batch) == len(images) and all(len(faces) for faces in batch)
    for image, copy, faces in zip(images, before, batch, strict=True):
        assert_near(faces, found.detect([image])[0])
        assert (np.diff(faces.scores) <= 0).all()
        np.testing.assert_array_equal(image, copy)
    assert found.detect([]) == []


def test_a_large_batch_is_looked_at_in_parts(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = [noise(40, 50, seed=i) for i in range(7)]
    whole = detector(weights).detect(images)
    monkeypatch.setitem(single_shot.BATCH_PIXELS, "cpu", 2 * 40 * 50)
    for a, b in zip(whole, detector(weights).detect(images), strict=True):
        assert_near(a, b)


def test_the_network_sees_no_more_pixels_than_it_may(weights: Path) -> None:
    found = detector(weights, longest_side_px=64, scale=2.0)
    seen = []
    found.network.register_forward_pre_hook(lambda module, args: seen.append(tuple(args[0].shape)))
    image = np.zeros((8000, 6000, 3), np.uint8)  # never written to: takes no memory by itself
    (faces,) = found.detect([image])
    assert np.isfinite(faces.boxes).all()
    found.detect([noise(20, 16), noise(8000, 1)])
    assert seen == [(1, 3, 64, 48), (1, 3, 40, 32), (1, 3, 64, 1)]


def test_boxes_of_a_resampled_image_are_in_its_own_pixels(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = noise(30, 40)
    large = image.repeat(3, axis=0).repeat(2, axis=1)  # averaging gives the small one back
    (small,) = detector(weights).detect([image])
    found = detector(weights)
    monkeypatch.setattr(SingleScale, "sizes", lambda *_: [(30, 40)])
    (faces,) = found.detect([large])
    assert len(small) > 0
    expected = Faces(small.boxes * [2, 3, 2, 3], small.scores, small.landmarks * np.float32([2, 3]))
    assert_near(faces, expected)


def test_min_size_is_in_the_images_own_pixels(weights: Path) -> None:
    image = noise(100, 120)
    for scale in (1.0, 0.5):
        sides = [
            (faces.boxes[:, 2:] - faces.boxes[:, :2]).min(axis=1)
            for faces in (
                detector(weights, threshold=0.2, nms_threshold=1.0, scale=scale, min_size_px=size).detect([image])[0]
                for size in (0.0, 20.0)
            )
        ]
        assert 0 < len(sides[1]) == (sides[0] >= 20).sum() < len(sides[0])


def test_the_anchors_of_a_size_are_laid_out_once(weights: Path) -> None:
    found = detector(weights)
    found.detect([noise(33, 47)])
    assert found._anchors(33, 47) is found._anchors(33, 47)


def test_it_says_to_what_size_it_scales(weights: Path) -> None:
    assert detector(weights).test_scale == "images as they are, 1920 px at most"
    assert detector(weights, scale=0.5, longest_side_px=640).test_scale == "images x 0.5, 640 px at most"


def test_weights_are_required_and_missing_ones_named() -> None:
    with pytest.raises(UserError, match="detector retinaface needs the setting 'weights'"):
        plugins.build("detector", "retinaface")
    with pytest.raises(UserError, match=r"/no/such\.pth: there is no such file; .* needs as its weights"):
        plugins.build("detector", "retinaface", weights="/no/such.pth")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"variant": "resnet18"}, "no detector_network is called 'resnet18': did you mean 'resnet50'"),
        ({"variant": "rfb"}, "expected weights of the variant rfb, got slim"),
        ({"threshold": 1.5}, "retinaface: threshold = 1.5: expected a number from 0 to 1"),
        ({"nms_threshold": "0.4"}, "nms_threshold = '0.4': expected a number"),
        ({"scale": 0}, "scale = 0: expected a number from 0.01"),
        ({"longest_side_px": 640.0}, "longest_side_px = 640.0: expected a whole number"),
        ({"min_size_px": -1}, "min_size_px = -1: expected a number of at least 0"),
        ({"device": "gpu"}, "device: expected auto"),
    ],
)
def test_settings_that_make_no_sense_are_refused(weights: Path, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        detector(weights, **settings)


@pytest.mark.data
@pytest.mark.parametrize("variant", list(FILES))
def test_faces_of_photographs_are_found(data_root: Path, variant: str) -> None:
    found = detector(data_root.parent / "weights" / "retinaface" / FILES[variant], variant=variant)
    fddb = plugins.build("dataset", "fddb", root=data_root, folds="1")
    numbers = range(0, 60, 3)
    faces = found.detect([fddb.images[i] for i in numbers])
    overlaps = [
        iou(fddb.faces[i].boxes, one.boxes).max(axis=1, initial=0) for i, one in zip(numbers, faces, strict=True)
    ]
    truth, extra = sum(map(len, overlaps)), sum(map(len, faces)) - sum(map(len, overlaps))
    assert truth == 27
    assert (np.concatenate(overlaps) > 0.5).mean() > 0.9
    assert extra <= 0.3 * truth  # FDDB leaves small faces without annotation
    for one in faces:
        eyes, mouth = one.landmarks[:, :2].mean(axis=1), one.landmarks[:, 3:].mean(axis=1)
        assert (one.landmarks[:1, 0, 0] < one.landmarks[:1, 1, 0]).all() and (eyes[:1, 1] < mouth[:1, 1]).all()


@pytest.mark.gpu
def test_cuda_gives_the_faces_of_the_cpu(weights: Path) -> None:
    images = [noise(120, 160, seed=i) for i in range(5)]
    cuda = detector(weights, device="cuda").detect(images)
    for a, b in zip(cuda, detector(weights).detect(images), strict=True):
        overlap = iou(a.boxes, b.boxes).max(axis=1, initial=0)
        assert len(overlap) and (overlap > 0.95).mean() > 0.95


@pytest.mark.data
@torch.inference_mode()
def test_the_scores_are_those_of_the_network(data_root: Path) -> None:
    path = data_root.parent / "weights" / "retinaface" / FILES["slim"]
    fddb = plugins.build("dataset", "fddb", root=data_root, folds="1")
    image = fddb.images[3]
    (faces,) = detector(path).detect([image])
    pixels = torch.tensor(image.astype(np.float32) - np.float32(MEAN)).permute(2, 0, 1)[None]
    assert float(load(path, "slim")(pixels).probability.max()) == pytest.approx(float(faces.scores[0]), abs=1e-5)
