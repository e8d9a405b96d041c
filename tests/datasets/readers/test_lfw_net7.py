"""Boxes from points: where points are exact, where heads turn, and on the set's layout; lists of crops with points."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eigen2arc.core.errors import UserError
from eigen2arc.core.geometry import iou
from eigen2arc.core.image import write
from eigen2arc.core.plugins import build as build_plugin
from eigen2arc.datasets.readers.lfw_net7 import FRONTAL_POINTS, WIDTH, boxes_from_points, build, read_landmark_list

ADA = "faces/Ada_0001.png 10 20 15 11 19 12 13 18 25 26"


def test_the_box_goes_along_with_the_points(rng: np.random.Generator) -> None:
    for _ in range(20):
        height, turn, middle = rng.uniform(10, 300), rng.uniform(-0.6, 0.6), rng.uniform(-50, 500, 2)
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        (box,) = boxes_from_points((FRONTAL_POINTS @ rotation.T * height + middle)[None])
        np.testing.assert_allclose((box[:2] + box[2:]) / 2, middle)
        np.testing.assert_allclose(box[2:] - box[:2], [WIDTH * height, height])
    assert boxes_from_points(np.zeros((0, 5, 2))).shape == (0, 4)


def test_synthetic_people_have_such_boxes() -> None:
    people = build_plugin("dataset", "synthetic", people=40, images_per_person=1, difficulty=0.25, seed=11)
    overlaps = [iou(boxes_from_points(f.landmarks.astype(float)), f.boxes.astype(float))[0, 0] for f in people.faces]
    assert np.mean(overlaps) > 0.84 and min(overlaps) > 0.65


def test_reading(tmp_path: Path) -> None:
    folder = tmp_path / "lfw_net7"
    (folder / "lfw_5590").mkdir(parents=True)
    Image.new("RGB", (80, 80)).save(folder / "lfw_5590/Ada_0001.jpg")
    points = FRONTAL_POINTS * 40 + 40
    numbers = " ".join(f"{value:.3f}" for value in points.T.ravel())
    (folder / "train.txt").write_text(f"lfw_5590/Ada_0001.jpg {numbers}\n")
    crops = build(root=tmp_path)
    assert (crops.name, crops.images.names, crops.people) == ("lfw_net7", ("lfw_5590/Ada_0001.jpg",), ("Ada",))
    assert crops.faces is not None and crops.faces[0].landmarks is not None
    np.testing.assert_allclose(crops.faces[0].boxes, [[40 - 20 * WIDTH, 20, 40 + 20 * WIDTH, 60]], atol=1e-3)
    np.testing.assert_allclose(crops.faces[0].landmarks[0], points, atol=1e-3)
    assert crops.protocol == "lfw_net7: 1 crops of 1 people, boxes from the five points"
    (folder / "train.txt").write_text("lfw_5590/Ada_0001.jpg 1 2\n")
    with pytest.raises(UserError, match=r"train.txt:1: expected 10 numbers after the path, got 2"):
        build(root=tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("Ada_0001", "Ada_0002", "Grace_Hopper_0001"):
        write(tmp_path / "faces" / f"{name}.png", np.full((44, 44, 3), 90, np.uint8))
    return tmp_path


def written(folder: Path, *lines: str) -> Path:
    path = folder / "train.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_points_boxes_and_people(folder: Path) -> None:
    more = [ADA.replace("Ada_0001", name) for name in ("Grace_Hopper_0001", "Ada_0002")]
    dataset = read_landmark_list(written(folder, ADA, "", *more), 2.2)
    assert dataset.people == ("Ada", "Grace_Hopper") and dataset.labels is not None and dataset.faces is not None
    assert dataset.labels.tolist() == [0, 1, 0]
    assert dataset.images[1].shape == (44, 44, 3)
    face = dataset.faces[0]
    assert face.landmarks is not None
    np.testing.assert_array_equal(face.landmarks[0], [[10, 12], [20, 13], [15, 18], [11, 25], [19, 26]])
    np.testing.assert_allclose(face.boxes[0], [12, 12, 32, 32], atol=1e-5)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("faces/Ada_0001.png 1 2 3", "train.txt:2: expected 10 numbers after the path, got 3"),
        (ADA.replace("15", "fifteen"), "train.txt:2: could not convert string to float: 'fifteen'"),
        (ADA.replace("Ada", "Bob"), r"train.txt:2: faces/Bob_0001.png: .*cannot be read \(No such file"),
        (ADA.replace("_0001", "_0002").replace(" 20 ", " 44 "), "point 44, 13 lies outside the image of 44 x 44"),
        (ADA.replace("_0001", "_0002").replace(" 20 ", " nan "), "point nan, 13 lies outside"),
        (ADA.replace("faces", "../faces"), "train.txt:2: expected a path below the folder of the images"),
        (ADA, "lists faces/Ada_0001.png more than once"),
    ],
)
def test_a_wrong_line_is_named(folder: Path, line: str, complaint: str) -> None:
    with pytest.raises(UserError, match=complaint) as error:
        read_landmark_list(written(folder, ADA, line), 2.2)
    assert "\n" not in str(error.value)


def test_an_image_that_is_none_is_named(folder: Path) -> None:
    (folder / "faces" / "Ada_0002.png").write_text("not an image")
    with pytest.raises(UserError, match=r"train.txt:\d: faces/Ada_0002.png: .*is not an image"):
        read_landmark_list(written(folder, ADA.replace("_0001", "_0002")), 2.2)


def test_an_empty_list_and_a_missing_one(folder: Path) -> None:
    with pytest.raises(UserError, match="holds no line. Expected: PATH x1"):
        read_landmark_list(written(folder, ""), 2.2)
    with pytest.raises(UserError, match="nowhere.txt: cannot be read"):
        read_landmark_list(folder / "nowhere.txt", 2.2)
    with pytest.raises(UserError, match="at least as wide as the box"):
        read_landmark_list(written(folder, ADA), 0.5)


@pytest.mark.data
def test_the_real_one(data_root: Path) -> None:
    crops = build(root=data_root)
    assert len(crops.images) == 4151 and crops.faces is not None
    boxes = np.concatenate([face.boxes for face in crops.faces])
    # A detector has found these faces and their crops are 2.2 of its boxes wide: all lie well inside.
    assert (boxes > 0).all() and (boxes < 80).all()
    heights = boxes[:, 3] - boxes[:, 1]
    assert 33 < np.median(heights) < 39 and heights.min() > 20 and heights.max() < 60
