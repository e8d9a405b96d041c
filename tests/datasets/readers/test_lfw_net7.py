"""Boxes from points: where points are exact, where heads turn, and on the set's layout."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eigen2arc.core.errors import UserError
from eigen2arc.core.geometry import iou
from eigen2arc.core.plugins import build as build_plugin
from eigen2arc.datasets.images.boxes_from_points import POINTS, WIDTH, point_boxes
from eigen2arc.datasets.readers.lfw_net7 import build


def test_the_box_goes_along_with_the_points(rng: np.random.Generator) -> None:
    for _ in range(20):
        height, turn, middle = rng.uniform(10, 300), rng.uniform(-0.6, 0.6), rng.uniform(-50, 500, 2)
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        (box,) = point_boxes((POINTS @ rotation.T * height + middle)[None])
        np.testing.assert_allclose((box[:2] + box[2:]) / 2, middle)
        np.testing.assert_allclose(box[2:] - box[:2], [WIDTH * height, height])
    assert point_boxes(np.zeros((0, 5, 2))).shape == (0, 4)


def test_synthetic_people_have_such_boxes() -> None:
    people = build_plugin("dataset", "synthetic", people=40, images_per_person=1, difficulty=0.25, seed=11)
    overlaps = [iou(point_boxes(f.landmarks.astype(float)), f.boxes.astype(float))[0, 0] for f in people.faces]
    assert np.mean(overlaps) > 0.84 and min(overlaps) > 0.65


def test_reading(tmp_path: Path) -> None:
    folder = tmp_path / "lfw_net7"
    (folder / "lfw_5590").mkdir(parents=True)
    Image.new("RGB", (80, 80)).save(folder / "lfw_5590/Ada_0001.jpg")
    points = POINTS * 40 + 40
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


@pytest.mark.data
def test_the_real_one(data_root: Path) -> None:
    crops = build(root=data_root)
    assert len(crops.images) == 4151 and crops.faces is not None
    boxes = np.concatenate([face.boxes for face in crops.faces])
    # A detector has found these faces and their crops are 2.2 of its boxes wide: all lie well inside.
    assert (boxes > 0).all() and (boxes < 80).all()
    heights = boxes[:, 3] - boxes[:, 1]
    assert 33 < np.median(heights) < 39 and heights.min() > 20 and heights.max() < 60
