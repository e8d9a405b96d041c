"""YuNet beside cv2.FaceDetectorYN, on a network of YuNet's outputs with random weights, and on the real one."""

import os
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from eigen2arc.core import read_image
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build
from eigen2arc.core.types import Faces

STRIDES = (8, 16, 32)
MAPS = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}


def made(path: Path, size_px: int = 64, without: str = "") -> Path:
    """A file whose maps are linear in the mean colours of each cell, as exported for one size."""
    rng = np.random.default_rng(4)
    nodes, constants, outputs = [], [], []
    for stride in STRIDES:
        pool = helper.make_node("AveragePool", ["input"], [f"pool_{stride}"], kernel_shape=[stride] * 2)
        pool.attribute.append(helper.make_attribute("strides", [stride] * 2))
        nodes.append(pool)
        for kind, numbers in MAPS.items():
            name = f"{kind}_{stride}"
            weight, bias = rng.normal(size=(numbers, 3, 1, 1)) / 200, rng.normal(size=numbers)
            constants.append(numpy_helper.from_array(weight.astype(np.float32), f"w_{name}"))
            constants.append(numpy_helper.from_array(bias.astype(np.float32), f"b_{name}"))
            constants.append(numpy_helper.from_array(np.array([1, -1, numbers], np.int64), f"shape_{name}"))
            last = f"map_{name}" if kind in ("cls", "obj") else name
            nodes += [
                helper.make_node("Conv", [f"pool_{stride}", f"w_{name}", f"b_{name}"], [f"conv_{name}"]),
                helper.make_node("Transpose", [f"conv_{name}"], [f"last_{name}"], perm=[0, 2, 3, 1]),
                helper.make_node("Reshape", [f"last_{name}", f"shape_{name}"], [last]),
            ]
            if last != name:
                nodes.append(helper.make_node("Sigmoid", [last], [name]))
            if name != without:
                cells = (size_px // stride) ** 2
                outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, cells, numbers]))
    fed = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, size_px, size_px])
    graph = helper.make_graph(nodes, "yunet", [fed], outputs, constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6), path)
    return path


def opencv(path: Path, image: np.ndarray, threshold: float, nms_threshold: float) -> Faces:
    height, width = image.shape[:2]
    detector = cv2.FaceDetectorYN.create(str(path), "", (width, height), threshold, nms_threshold, 5000)
    rows = detector.detect(np.ascontiguousarray(image[..., ::-1]))[1]
    rows = np.zeros((0, 15)) if rows is None else rows[np.argsort(-rows[:, 14], kind="stable")]
    boxes = np.concatenate([rows[:, :2], rows[:, :2] + rows[:, 2:4]], axis=1)
    return Faces(boxes, rows[:, 14], rows[:, 4:14].reshape(-1, 5, 2))


@pytest.mark.parametrize("size", [(64, 64), (70, 99), (31, 200), (5, 3)])
def test_it_gives_what_opencv_gives_for_every_cell(size: tuple[int, int], tmp_path: Path) -> None:
    """A file for one size takes images of all: OpenCV and ours pad them on the right and below."""
    path = made(tmp_path / "yunet.onnx")
    image = np.random.default_rng(size[0]).integers(0, 256, (*size, 3), dtype=np.uint8)
    # Without suppression, for which OpenCV rounds the boxes.
    wanted = opencv(path, image, 0.4, 1.0)
    (got,) = build("detector", "yunet", model=path, threshold=0.4, nms_threshold=1.0, device="cpu").detect([image])
    assert len(got) == len(wanted) > 0
    np.testing.assert_allclose(got.scores, wanted.scores, atol=1e-5)
    # Equally good ones may come in another order.
    for ours, theirs in ((got.boxes, wanted.boxes), (got.landmarks, wanted.landmarks)):
        assert ours is not None and theirs is not None
        rows = [row[np.lexsort(row.T)] for row in (ours.reshape(len(got), -1), theirs.reshape(len(got), -1))]
        np.testing.assert_allclose(*rows, atol=2e-3)


def test_a_large_image_is_scaled_down(tmp_path: Path) -> None:
    image = np.full((128, 256, 3), 200, np.uint8)
    settings = {"model": made(tmp_path / "yunet.onnx"), "threshold": 0.1, "nms_threshold": 1.0, "device": "cpu"}
    (whole,) = build("detector", "yunet", longest_side_px=128, **settings).detect([image])
    (half,) = build("detector", "yunet", **settings).detect([np.ascontiguousarray(image[::2, ::2])])
    np.testing.assert_allclose(whole.boxes, half.boxes * 2, atol=1e-3)
    np.testing.assert_allclose(whole.landmarks, half.landmarks * 2, atol=1e-3)


def test_other_files_are_refused_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nowhere\.onnx: there is no such file"):
        build("detector", "yunet", model=tmp_path / "nowhere.onnx")
    (tmp_path / "text.onnx").write_text("no network")
    with pytest.raises(UserError, match=r"text\.onnx: ONNX Runtime cannot use it .*Is it an ONNX file of YuNet's"):
        build("detector", "yunet", model=tmp_path / "text.onnx")
    with pytest.raises(UserError, match=r"other\.onnx: is no YuNet that can be run"):
        build("detector", "yunet", model=made(tmp_path / "other.onnx", without="kps_16"))


@pytest.mark.data
def test_the_real_network_finds_what_opencv_finds(data_root: Path) -> None:
    path = Path(os.environ["EIGEN2ARC_DATA"]).parent / "weights" / "yunet_n_640_640.onnx"
    images = [read_image(file) for file in sorted((data_root / "lfw").rglob("*_0001.jpg"))[::800]]
    found = build("detector", "yunet", model=path, device="cpu").detect(images)
    assert len(found) > 5
    for image, got in zip(images, found, strict=True):
        wanted = opencv(path, image, 0.9, 0.3)
        assert len(got) == len(wanted)
        np.testing.assert_allclose(got.boxes, wanted.boxes, atol=1e-3)
        np.testing.assert_allclose(got.landmarks, wanted.landmarks, atol=1e-3)
        np.testing.assert_allclose(got.scores, wanted.scores, atol=1e-5)
