"""SCRFD on networks of its outputs with random weights, decoded a second time in a slow loop as InsightFace does it."""

from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build

SIZE_PX = 128
STRIDES = (8, 16, 32)

#: What the cell of an anchor says: score, four distances, five points; for a pixel of mean colour x they are W x + b.
NUMBERS = {"score": 1, "box": 4, "points": 10}


def made(path: Path, anchors: int = 2, points: bool = True, batched: bool = False) -> dict[str, np.ndarray]:
    """Write a file as InsightFace exports them, all scores first; returns the weights (numbers, 4) by map."""
    rng = np.random.default_rng(8)
    nodes, constants, outputs, weights = [], [], [], {}
    for kind, numbers in list(NUMBERS.items())[: 3 if points else 2]:
        for stride in STRIDES:
            name = f"{kind}_{stride}"
            weights[name] = np.column_stack(
                [rng.normal(size=(anchors * numbers, 3)), rng.normal(size=anchors * numbers)]
            )
            weights[name] = weights[name].astype(np.float32)
            if kind == "box":
                weights[name][:, 3] += 3
            nodes.append(
                helper.make_node(
                    "AveragePool", ["input"], [f"pool_{name}"], kernel_shape=[stride] * 2, strides=[stride] * 2
                )
            )
            shape = [1, -1, numbers] if batched else [-1, numbers]
            constants += [
                numpy_helper.from_array(weights[name][:, :3, None, None], f"w_{name}"),
                numpy_helper.from_array(weights[name][:, 3], f"b_{name}"),
                numpy_helper.from_array(np.array(shape, np.int64), f"shape_{name}"),
            ]
            last = f"map_{name}" if kind == "score" else name
            nodes += [
                helper.make_node("Conv", [f"pool_{name}", f"w_{name}", f"b_{name}"], [f"conv_{name}"]),
                helper.make_node("Transpose", [f"conv_{name}"], [f"t_{name}"], perm=[0, 2, 3, 1]),
                helper.make_node("Reshape", [f"t_{name}", f"shape_{name}"], [last]),
            ]
            if kind == "score":
                nodes.append(helper.make_node("Sigmoid", [last], [name]))
            outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    fed = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, "height", "width"])
    graph = helper.make_graph(nodes, "scrfd", [fed], outputs, constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6), path)
    return weights


def slow(weights: dict[str, np.ndarray], image: np.ndarray, anchors: int) -> list[tuple[float, list[float]]]:
    """(score, box and points) of every anchor, in no order, in the image's pixels."""
    height, width = image.shape[:2]
    if height > width:
        new_height, new_width = SIZE_PX, int(SIZE_PX * width / height)
    else:
        new_height, new_width = int(SIZE_PX * height / width), SIZE_PX
    scale = new_height / height
    frame = np.zeros((SIZE_PX, SIZE_PX, 3), np.uint8)
    frame[:new_height, :new_width] = cv2.resize(image, (new_width, new_height))
    found = []
    for stride in STRIDES:
        for row in range(SIZE_PX // stride):
            for column in range(SIZE_PX // stride):
                cell = frame[row * stride : (row + 1) * stride, column * stride : (column + 1) * stride]
                x = np.append((cell.reshape(-1, 3).mean(axis=0) - 127.5) / 128, 1.0)
                for anchor in range(anchors):
                    said = {
                        kind: weights[f"{kind}_{stride}"][anchor * n : (anchor + 1) * n] @ x
                        for kind, n in NUMBERS.items()
                        if f"{kind}_{stride}" in weights
                    }
                    left, top, right, bottom = said["box"] * stride
                    u, v = column * stride, row * stride
                    values = [u - left, v - top, u + right, v + bottom]
                    for k in range(5):
                        values += [u + said["points"][2 * k] * stride] if "points" in said else [np.nan]
                        values += [v + said["points"][2 * k + 1] * stride] if "points" in said else [np.nan]
                    found.append((1 / (1 + np.exp(-said["score"][0])), [value / scale for value in values]))
    return found


@pytest.mark.parametrize(
    ("anchors", "points", "batched", "size"),
    [(2, True, False, (64, 128)), (1, True, True, (200, 130)), (2, False, True, (90, 90))],
)
def test_every_anchor_is_decoded_as_insightface_does_it(
    anchors: int, points: bool, batched: bool, size: tuple[int, int], tmp_path: Path
) -> None:
    path = tmp_path / "det.onnx"
    weights = made(path, anchors, points, batched)
    image = np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)
    settings = {"model": path, "size_px": SIZE_PX, "threshold": 0.0, "nms_threshold": 1.0, "device": "cpu"}
    (faces,) = build("detector", "scrfd", **settings).detect([image])
    whole = [one for one in slow(weights, image, anchors) if one[1][2] >= one[1][0] and one[1][3] >= one[1][1]]
    assert len(faces) == len(whole) > 100
    assert (np.diff(faces.scores) <= 0).all()
    assert faces.landmarks is not None
    got = np.column_stack([faces.scores, faces.boxes, faces.landmarks.reshape(len(faces), 10)])
    wanted = np.array([[score, *values] for score, values in whole])
    got, wanted = (rows[np.lexsort(rows[:, 1:5].round(1).T)] for rows in (got, wanted))
    np.testing.assert_allclose(got, wanted, atol=0.02, rtol=1e-4)


def test_the_better_of_two_that_overlap_stays(tmp_path: Path) -> None:
    made(tmp_path / "det.onnx")
    image = np.random.default_rng(1).integers(0, 256, (128, 128, 3), dtype=np.uint8)
    detector = build("detector", "scrfd", model=tmp_path / "det.onnx", size_px=SIZE_PX, threshold=0.3, device="cpu")
    (faces,) = detector.detect([image])
    assert 1 < len(faces) < 300 and (faces.scores >= 0.3).all()


def test_other_files_are_refused_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nowhere: there is no such file or folder"):
        build("detector", "scrfd", model=tmp_path / "nowhere")
    made(tmp_path / "det.onnx")
    network = onnx.load(tmp_path / "det.onnx")
    del network.graph.output[-1]
    onnx.save(network, tmp_path / "other.onnx")
    with pytest.raises(UserError, match=r"other\.onnx: is no SCRFD: expected scores, boxes and points by stride"):
        build("detector", "scrfd", model=tmp_path / "other.onnx")
