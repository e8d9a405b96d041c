"""What every detector promises. A detector that cannot be built without settings gets a line in SETTINGS."""

import os
import tempfile
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from eigen2arc.classical.detect.window_classifier import model as window_model
from eigen2arc.classical.detect.window_classifier.samples import of_dataset
from eigen2arc.classical.detect.window_classifier.train_windows import WindowTraining, train_rcnn, train_windows
from eigen2arc.core import plugins
from eigen2arc.core.geometry import iou
from eigen2arc.core.settings import with_changes
from eigen2arc.core.stages import Detector
from eigen2arc.core.types import Faces
from eigen2arc.deep.detect.data.augment import crop_faces, expose_and_mirror
from eigen2arc.deep.detect.single_shot.anchors.anchors import anchors
from eigen2arc.deep.detect.single_shot.anchors.targets import Targets, stack_targets
from eigen2arc.deep.detect.single_shot.networks.network import make
from eigen2arc.deep.detect.single_shot.training.data import anchor_targets
from eigen2arc.deep.detect.single_shot.training.multitask_loss import multitask_loss
from eigen2arc.deep.detect.single_shot.training.trainer import network_input
from eigen2arc.deep.weights_io import checkpoint

#: Those for which there are only public weights, which are not the project's to ship: where in the folder of weights.
PUBLIC = {
    "retinaface": {"weights": "retinaface/mobilenet0.25_Final.pth"},
    "yunet": {"model": "yunet_n_640_640.onnx"},
    "scrfd": {"model": "buffalo_l"},
}

#: A synthetic face is no photograph.
EASIER = {"yunet": {"threshold": 0.6}}

#: Those that are trained first, for longer than a few seconds.
SLOW = ("cascade_cnn", "densebox", "ssh")


def weights() -> Path:
    """The folder of weights beside the real sets."""
    return Path(os.environ.get("EIGEN2ARC_DATA", "")).parent / "weights"


MARKS = {name: pytest.mark.data for name in PUBLIC} | {name: pytest.mark.slow for name in SLOW}
if not (weights() / PUBLIC["scrfd"]["model"]).exists():
    MARKS["scrfd"] = pytest.mark.skip(reason="there is no pack of InsightFace's, buffalo_l, in the folder of weights")
MARKS["dlib_hog"] = pytest.mark.skipif(find_spec("dlib") is None, reason="dlib is not installed: the extra dlib has it")
DETECTORS = [pytest.param(name, marks=MARKS[name]) if name in MARKS else name for name in plugins.plugins("detector")]
SETTINGS: dict[str, dict[str, Any]] = {"mtcnn": {"device": "cpu"}, "fixed_box": {"box": [0.25, 0.2, 0.75, 0.8]}}

#: All but the one that does not look: it knows one face in every image, in the same place, and its own test says so.
LOOKING = [name for name in DETECTORS if name != "fixed_box"]

#: Fine enough that the best window of a shifted face is the shifted best window, nearly.
FINE = {"min_size_px": 60, "scale_factor": 1.15, "stride": 0.05, "aspects": [0.8]}


@cache
def trained(name: str) -> dict[str, Any]:
    """Settings of the detectors that no model comes with: a small one, trained on a dozen synthetic people."""
    people = plugins.build("dataset", "synthetic", people=12, images_per_person=1, difficulty=0.0, seed=5)
    training = WindowTraining(rounds=1, first_negatives=600, context_px=2.0 if name == "rcnn" else 0.0)
    model = Path(tempfile.mkdtemp()) / "model.safetensors"
    if name == "rcnn":
        source = plugins.build("proposal", "selective_search")
        window_model.save(model, name, train_rcnn(training, of_dataset(people), source, lambda _: None))
        return {"model": model}
    source = plugins.build("proposal", "sliding_window", **FINE)
    window_model.save(model, name, train_windows(training, of_dataset(people), source, lambda _: None))
    return {"model": model, "proposal": {"name": "sliding_window", **FINE}}


#: Detectors that no weights come with, of which a network is fitted to four people: its variant, steps, and the pixels
#: and number of the pictures that it sees in each.
FITTED = {"ssh": ("ssh0.25", 40, 112, 6), "densebox": ("densebox", 100, 72, 12)}


@cache
def fitted(name: str) -> dict[str, Any]:
    variant, steps, size_px, batch = FITTED[name]
    people = plugins.build("dataset", "synthetic", people=4, images_per_person=1, difficulty=0.0)
    torch.manual_seed(1)
    network, rng = make(variant, name).train(), np.random.default_rng(1)
    cut = network.scheme.augment if name == "densebox" else as_large_as_it_is
    samples = [cut(people.images[i], people.faces[i], size_px, rng) for i in [0, 1, 2, 3] * 12]
    pictures = torch.from_numpy(np.stack([picture for picture, _ in samples]))
    own = anchors(size_px, size_px, network.scheme.levels)
    targets = stack_targets([anchor_targets(faces, own, network.scheme) for _, faces in samples])
    optimiser = torch.optim.Adam(network.parameters())
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = 0.007 * (1 - step / steps)
        rows = torch.from_numpy(rng.choice(len(samples), batch, replace=False))
        said = network(network_input(pictures[rows]))
        optimiser.zero_grad()
        multitask_loss(said, Targets(*(part[rows] for part in targets))).total(lambda_1=1.0).backward()
        optimiser.step()
    weights = Path(tempfile.mkdtemp()) / "weights.safetensors"
    checkpoint.save(weights, network.state_dict(), {"variant": variant})
    smallest = {"min_size_px": 40} if name == "densebox" else {}
    return {"weights": weights, "device": "cpu"} | smallest


def as_large_as_it_is(
    image: np.ndarray, faces: Faces, size_px: int, rng: np.random.Generator
) -> tuple[np.ndarray, Faces]:
    """A square of a portrait, not resampled: with faces of one size there is less to learn."""
    left, top = rng.integers(0, len(image) - size_px + 1, 2)
    square = image[top : top + size_px, left : left + size_px]
    return expose_and_mirror(square, crop_faces(faces, np.float32([left, top]), size_px, 1.0), rng)


def cascade_cnn() -> dict[str, Any]:
    """Settings of the six networks, trained as they always are, on seventeen synthetic people that no test shows."""
    people = {"people": 17, "images_per_person": 1, "difficulty": 0.0, "seed": 5}
    short = {"steps": 100, "batch_size": 48, "learning_rate": 0.05, "warm_up_steps": 1, "held_out_images": 1}
    folder = Path(tempfile.mkdtemp())
    trainer = plugins.build("trainer", "cascade_cnn")
    settings = replace(trainer.defaults, dataset="synthetic", dataset_settings=people, min_size_px=60)
    trainer.train(with_changes(settings, short), folder, device="cpu")
    return {"weights": folder, "min_size_px": 60, "device": "cpu"}


@cache
def detector(name: str) -> Detector:
    if name in PUBLIC:
        files = {setting: weights() / file for setting, file in PUBLIC[name].items()}
        return plugins.build("detector", name, **files, **EASIER.get(name, {}), device="cpu")
    if name in FITTED:
        return plugins.build("detector", name, **fitted(name))
    if name == "cascade_cnn":
        return plugins.build("detector", name, **cascade_cnn())
    settings = trained(name) if name in ("windows", "rcnn") else SETTINGS.get(name, {})
    return plugins.build("detector", name, **settings)


@cache
def portrait() -> tuple[np.ndarray, np.ndarray]:
    """A synthetic person in studio light, 160 x 160, and the face's box (1, 4)."""
    people = plugins.build("dataset", "synthetic", people=2, images_per_person=1, difficulty=0.0)
    return people.images[1], people.faces[1].boxes


def pictures() -> list[np.ndarray]:
    """Of mixed sizes, with a face, without, and too small for any."""
    image, _ = portrait()
    noise = np.random.default_rng(3).integers(0, 256, (70, 130, 3)).astype(np.uint8)
    wide = np.pad(image, ((0, 0), (0, 90), (0, 0)), mode="edge")
    return [image, noise, np.zeros((1, 1, 3), np.uint8), wide, np.full((40, 200, 3), 128, np.uint8), image[::-1]]


def assert_same(a: Faces, b: Faces) -> None:
    assert len(a) == len(b)
    np.testing.assert_allclose(a.boxes, b.boxes, atol=1e-2)
    np.testing.assert_allclose(a.scores, b.scores, atol=1e-4, rtol=1e-4)
    assert (a.landmarks is None) == (b.landmarks is None)
    if a.landmarks is not None and b.landmarks is not None:
        np.testing.assert_allclose(a.landmarks, b.landmarks, atol=1e-2)


@pytest.mark.parametrize("name", DETECTORS)
def test_it_is_a_detector(name: str) -> None:
    assert isinstance(detector(name), Detector)


@pytest.mark.parametrize("name", DETECTORS)
def test_a_face_is_found_where_it_is(name: str) -> None:
    image, box = portrait()
    (faces,) = detector(name).detect([image])
    assert len(faces) >= 1
    assert iou(faces.boxes[:1], box)[0, 0] >= 0.5


@pytest.mark.parametrize("name", DETECTORS)
def test_points_lie_in_the_face_with_left_and_right_as_seen(name: str) -> None:
    image, _ = portrait()
    (faces,) = detector(name).detect([image])
    if faces.landmarks is None:
        return
    (left_eye, right_eye, _, left_mouth, right_mouth), box = faces.landmarks[0], faces.boxes[0]
    known = faces.landmarks[0][np.isfinite(faces.landmarks[0]).all(axis=1)]
    assert (known >= box[:2]).all() and (known <= box[2:]).all()
    assert not left_eye[0] >= right_eye[0] and not left_mouth[0] >= right_mouth[0]
    assert not left_eye[1] >= left_mouth[1]


@pytest.mark.parametrize("name", LOOKING)
@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (2, 3), (11, 12), (19, 40), (20, 20), (64, 64)])
def test_a_picture_without_a_face_gives_no_faces(name: str, size: tuple[int, int]) -> None:
    (faces,) = detector(name).detect([np.full((*size, 3), 90, np.uint8)])
    assert isinstance(faces, Faces)
    assert len(faces) == 0


@pytest.mark.parametrize("name", DETECTORS)
def test_no_pictures_give_an_empty_list(name: str) -> None:
    assert detector(name).detect([]) == []


@pytest.mark.parametrize("name", DETECTORS)
def test_a_batch_of_mixed_sizes_equals_one_by_one(name: str) -> None:
    images = pictures()
    batch = detector(name).detect(images)
    assert len(batch) == len(images)
    for image, faces in zip(images, batch, strict=True):
        assert_same(faces, detector(name).detect([image])[0])


@pytest.mark.parametrize("name", LOOKING)
def test_the_best_comes_first_and_the_pictures_are_left_alone(name: str) -> None:
    image, _ = portrait()
    pair = np.concatenate([image, image[:, ::-1]], axis=1)
    before = pair.copy()
    (faces,) = detector(name).detect([pair])
    assert len(faces) >= 2
    assert (np.diff(faces.scores) <= 0).all()
    np.testing.assert_array_equal(pair, before)


@pytest.mark.parametrize("name", LOOKING)
@pytest.mark.parametrize(("down", "right"), [(4, 0), (0, 8), (12, 20)])
def test_a_shifted_face_is_found_shifted(name: str, down: int, right: int) -> None:
    # Windows move by whole strides and pyramids resample, so equality to the pixel would be too much to ask.
    image, _ = portrait()
    moved = np.pad(image, ((down, 0), (right, 0), (0, 0)), mode="edge")
    (still,), (shifted,) = detector(name).detect([image]), detector(name).detect([moved])
    expected = still.boxes[:1] + np.array([right, down, right, down], np.float32)
    # dlib's windows come in steps of 6 / 5, and one step more or less is an overlap of 25 / 36.
    assert iou(shifted.boxes[:1], expected)[0, 0] >= (0.65 if name == "dlib_hog" else 0.7)


@pytest.mark.parametrize("name", DETECTORS)
def test_what_is_no_picture_is_refused_by_number(name: str) -> None:
    good = np.zeros((30, 30, 3), np.uint8)
    for bad in (good.astype(np.float32), good[..., 0], np.zeros((0, 30, 3), np.uint8)):
        with pytest.raises(ValueError, match=r"images\[1\]: expected"):
            detector(name).detect([good, bad])
