"""The cascade against facenet-pytorch's own MTCNN; settings that make no sense are refused."""

import warnings
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.core.geometry import iou
from eigen2arc.core.image import read
from eigen2arc.core.pipeline import choose_face
from eigen2arc.core.types import Faces
from eigen2arc.deep.ops.area_resample import IntegralImages

with warnings.catch_warnings():
    # Its import calls torch.load without weights_only, about which some versions of torch warn.
    warnings.filterwarnings("ignore", category=FutureWarning, module="facenet_pytorch")
    # The package carries the weights, too.
    MTCNN = pytest.importorskip("facenet_pytorch").MTCNN


def peer_faces(peer: MTCNN, image: np.ndarray) -> Faces:
    boxes, scores, points = peer.detect(image, landmarks=True)
    if boxes is None:
        return Faces.none()
    order = np.argsort(-scores.astype(np.float32), kind="stable")
    return Faces(boxes[order].astype(np.float32), scores[order].astype(np.float32), points[order].astype(np.float32))


def ours(**settings: Any) -> Any:
    return plugins.build("detector", "mtcnn", device="cpu", **settings)


def test_scenes_give_the_faces_of_facenet_pytorch() -> None:
    """Windows are cut to whole pixels on the way: one whose corner lies on a pixel's edge can fall to either side of it
    by the last bit of a sum, and its face then differs by a fraction of a pixel."""
    scenes = plugins.build(
        "dataset", "scenes", images=6, width_px=240, height_px=180, most_faces=6, largest_face_px=80, seed=1
    )
    peer = MTCNN(keep_all=True, device=torch.device("cpu"))
    images = [scenes.images[i] for i in range(6)]
    same: list[bool] = []
    for image, faces in zip(images, ours(pad=False).detect(images), strict=True):
        expected = peer_faces(peer, image)
        assert len(faces) == len(expected)
        assert (iou(expected.boxes, faces.boxes).max(axis=1, initial=0) > 0.9).all()
        nearest = faces[iou(expected.boxes, faces.boxes).argmax(axis=1)] if len(faces) else faces
        assert nearest.landmarks is not None and expected.landmarks is not None
        difference = np.abs(nearest.landmarks - expected.landmarks).reshape(len(faces), 10)
        off_px = np.concatenate([np.abs(nearest.boxes - expected.boxes), difference], axis=1).max(axis=1)
        same += (off_px < 0.01).tolist()
    assert len(same) >= 10
    assert np.mean(same) >= 0.9


def test_settings_are_facenet_pytorchs_too() -> None:
    people = plugins.build("dataset", "synthetic", people=1, images_per_person=1, difficulty=0.0)
    image = np.tile(people.images[0], (1, 2, 1))
    detector = ours(min_size_px=30, thresholds=[0.5, 0.6, 0.6], factor=0.6, pad=False)
    peer = MTCNN(min_face_size=30, thresholds=[0.5, 0.6, 0.6], factor=0.6, keep_all=True, device=torch.device("cpu"))
    (faces,) = detector.detect([image])
    assert len(faces) >= 2
    np.testing.assert_allclose(faces.boxes, peer_faces(peer, image).boxes, atol=0.01)


def test_faces_at_the_border_are_those_with_a_black_border_around_the_image() -> None:
    """What P-Net proposes is given: it sees the image without the border."""
    people = plugins.build("dataset", "synthetic", people=2, images_per_person=1, difficulty=0.0)
    images = [people.images[i] for i in range(2)]
    images = [image[: int(0.75 * len(image)), int(0.2 * len(image)) :] for image in images]
    detector, border = ours(), 128
    bordered = [np.pad(image, ((border, border), (border, border), (0, 0))) for image in images]
    proposed = [torch.from_numpy(boxes) for boxes in detector.propose(images, refined=False)]
    boxes, image = torch.cat(proposed), torch.arange(2).repeat_interleave(torch.tensor([len(p) for p in proposed]))
    results = []
    with torch.inference_mode():
        for pictures, by in ((images, 0), (bordered, border)):
            sums = IntegralImages.of(pictures, detector.scratch)
            found, scores, points, of = detector.output(sums, *detector.refine(sums, boxes + by, image))
            results.append((found - by, scores, points - by, of))
    found = results[0][0]
    size = torch.tensor([images[0].shape[1], images[0].shape[0]])
    assert len(found) >= 2 and ((found[:, :2] < 0) | (found[:, 2:] > size)).any(dim=1).sum() >= 2
    for plain, with_border in zip(*results, strict=True):
        torch.testing.assert_close(plain, with_border, atol=1e-2, rtol=0)


def test_boxes_beside_the_picture_are_dropped() -> None:
    detector = ours()
    seen = []

    def network(crops: torch.Tensor) -> tuple[torch.Tensor, ...]:
        seen.append(crops.shape)
        return (crops.mean(dim=(1, 2, 3)),)

    sums = IntegralImages.of([np.zeros((30, 40, 3), np.uint8)], detector.scratch)
    boxes = torch.tensor([[50.0, 5, 60, 15], [5, 5, 15, 15], [-20, 5, -3, 15]])
    left, image, outputs = detector._run_network(network, 24, sums, boxes, torch.zeros(3, dtype=torch.int64))
    assert seen == [(1, 3, 24, 24)]
    assert left.tolist() == [[5, 5, 15, 15]]
    assert len(image) == len(outputs[0]) == 1


def test_no_candidate_at_all_is_no_face() -> None:
    black = [np.zeros((30, 40, 3), np.uint8), np.zeros((12, 15, 3), np.uint8)]
    assert [len(faces) for faces in ours(thresholds=[0.99, 0.99, 0.99]).detect(black)] == [0, 0]
    assert ours().detect([]) == []


def test_a_face_is_the_same_alone_and_in_a_batch_of_other_sizes() -> None:
    people = plugins.build("dataset", "synthetic", people=3, images_per_person=1, difficulty=0.2)
    first, second, third = (people.images[i] for i in range(3))
    images = [first, np.tile(second, (2, 1, 1)), third[:, 10:-11], np.zeros((15, 15, 3), np.uint8)]
    for image, together in zip(images, ours().detect(images), strict=True):
        (alone,) = ours().detect([image])
        assert len(alone) == len(together)
        np.testing.assert_allclose(together.boxes, alone.boxes, atol=0.01)
        np.testing.assert_allclose(together.scores, alone.scores, atol=1e-5)


def test_a_face_at_the_end_of_8000_pixels() -> None:
    face = plugins.build("dataset", "synthetic", people=1, images_per_person=1, difficulty=0.0).images[0]
    size = len(face)
    long = np.full((size, 8000, 3), 128, np.uint8)
    long[:, -size:] = face
    (alone,) = ours(min_size_px=60).detect([face])
    (found,) = ours(min_size_px=60).detect([long])
    best = found.boxes[0] - [8000 - size, 0, 8000 - size, 0]
    assert iou(best[None], alone.boxes[:1])[0, 0] > 0.8
    (turned,) = ours(min_size_px=60).detect([np.ascontiguousarray(long.transpose(1, 0, 2))])
    assert isinstance(turned, Faces)


def test_a_picture_of_one_window() -> None:
    """12 pixels are one place of P-Net's map: its window is the picture."""
    face = plugins.build("dataset", "synthetic", people=1, images_per_person=1, difficulty=0.0).images[0]
    small = cv2.resize(face[20:-20, 20:-20], (12, 12), interpolation=cv2.INTER_AREA)
    (boxes,) = ours(min_size_px=12, thresholds=[0, 0, 0]).propose([small], refined=False)
    assert boxes.shape == (1, 4)
    (faces,) = ours(min_size_px=12, thresholds=[0, 0, 0]).detect([small])
    assert len(faces) <= 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"min_size_px": 5}, "mtcnn: min_size_px = 5: expected a number from 12 to 100000"),
        ({"min_size_px": "20"}, "min_size_px = '20'"),
        ({"factor": 1}, "factor = 1: expected a number from 0.1 to 0.99"),
        ({"thresholds": [0.6, 0.7]}, "thresholds = .*: expected a list, each a number from 0 to 1, with 3 entries"),
        ({"thresholds": [0.6, 0.7, 7]}, "thresholds = "),
        ({"weights": "/no/such/folder"}, "cannot be read"),
        ({"half": True}, "half and cuda_graphs need a GPU"),
        ({"cuda_graphs": True}, "half and cuda_graphs need a GPU"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        ours(**settings)


@pytest.mark.gpu
@pytest.mark.parametrize("settings", [{}, {"cuda_graphs": True}])
def test_cuda_gives_the_faces_of_the_cpu(settings: dict[str, bool]) -> None:
    scenes = plugins.build("dataset", "scenes", images=4, most_faces=8)
    images = [scenes.images[i] for i in range(4)]
    detector = plugins.build("detector", "mtcnn", device="cuda", **settings)
    for _ in range(2):  # what is captured, and what is replayed
        for a, b in zip(detector.detect(images), ours().detect(images), strict=True):
            assert len(a) == len(b)
            assert (iou(a.boxes, b.boxes).max(axis=1, initial=0) > 0.98).all()


@pytest.mark.gpu
@pytest.mark.parametrize("cuda_graphs", [False, True])
def test_half_precision_finds_nearly_the_same(cuda_graphs: bool) -> None:
    scenes = plugins.build("dataset", "scenes", images=8, most_faces=8)
    images = [scenes.images[i] for i in range(8)]
    half = plugins.build("detector", "mtcnn", device="cuda", half=True, cuda_graphs=cuda_graphs).detect(images)
    alike = [iou(a.boxes, b.boxes).max(axis=0, initial=0) for a, b in zip(half, ours().detect(images), strict=True)]
    assert np.mean(np.concatenate(alike) > 0.9) >= 0.9


@pytest.mark.data
def test_photographs_give_the_faces_of_facenet_pytorch(data_root: Path) -> None:
    peer = MTCNN(keep_all=True, device=torch.device("cpu"))
    paths = (
        sorted((data_root / "lfw").rglob("*.jpg"))[::66][:200] + sorted((data_root / "fddb").rglob("*.jpg"))[::5][:100]
    )
    images = [read(path) for path in paths]
    close, total, extra, off_px = 0, 0, 0, 0.0
    for image, faces in zip(images, ours(pad=False).detect(images), strict=True):
        expected = peer_faces(peer, image)
        overlap = iou(expected.boxes, faces.boxes)
        total += len(expected)
        extra += max(0, len(faces) - len(expected))
        for i in np.flatnonzero(overlap.max(axis=1, initial=0) >= 0.99):
            close += 1
            points = faces.landmarks[overlap[i].argmax()]
            off_px = max(off_px, float(np.abs(points - expected.landmarks[i]).max()))
    assert len(images) == 300
    assert close >= 0.99 * total
    assert extra <= 0.01 * total
    assert off_px <= 0.5


def points_off(found: np.ndarray, expected: np.ndarray) -> float:
    """The mean distance of points (5, 2), in distances of the eyes."""
    eyes = np.linalg.norm(expected[1] - expected[0])
    return float(np.linalg.norm(found - expected, axis=1).mean() / eyes)


@pytest.mark.data
def test_points_on_cropped_faces_are_those_of_the_whole_image(data_root: Path) -> None:
    """Crops of 1.05 times the face's box, as sets of cropped faces have them: windows reach over the border."""
    paths = sorted((data_root / "lfw").rglob("*.jpg"))[::331][:40]
    images = [read(path) for path in paths]
    whole = [choose_face(faces, image.shape) for faces, image in zip(ours().detect(images), images, strict=True)]
    corners, crops = [], []
    for image, face in zip(images, whole, strict=True):
        x1, y1, x2, y2 = face.boxes[0]
        by_x, by_y = 0.025 * (x2 - x1), 0.025 * (y2 - y1)
        left, top = max(0, round(x1 - by_x)), max(0, round(y1 - by_y))
        corners.append([left, top])
        crops.append(image[top : round(y2 + by_y), left : round(x2 + by_x)])
    errors = {}
    for pad in (True, False):
        found = ours(pad=pad).detect(crops)
        assert sum(len(faces) > 0 for faces in found) >= 39
        errors[pad] = np.mean(
            [
                points_off(faces.landmarks[0] + corner, face.landmarks[0])
                for face, faces, corner in zip(whole, found, corners, strict=True)
                if len(faces)
            ]
        )
    assert errors[True] < 0.045 and errors[False] > 3 * errors[True]
