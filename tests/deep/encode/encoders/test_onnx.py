"""The ONNX encoder against small networks whose answer is known in closed form."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build

SIZE_PX = 6


def colour_sums(path: Path, shape: list[Any], axes: list[int], dtype: int = TensorProto.FLOAT) -> Path:
    """An ONNX file that sums its input over the axes: the sums of its colours, in its own colour order."""
    network = helper.make_graph(
        [helper.make_node("ReduceSum", ["crop", "axes"], ["sums"], keepdims=0)],
        "colour_sums",
        [helper.make_tensor_value_info("crop", dtype, shape)],
        [helper.make_tensor_value_info("sums", dtype, None)],
        [numpy_helper.from_array(np.array(axes, np.int64), "axes")],
    )
    onnx.save(helper.make_model(network, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return path


@pytest.fixture
def crops(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 256, (21, SIZE_PX, SIZE_PX, 3), np.uint8)


LAYOUTS = {
    "channels first": (["n", 3, SIZE_PX, SIZE_PX], [2, 3]),
    "channels last": (["n", SIZE_PX, SIZE_PX, 3], [1, 2]),
    "one by one": ([1, 3, SIZE_PX, SIZE_PX], [2, 3]),
    "any size": (["n", 3, "height", "width"], [2, 3]),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("colour", ["rgb", "bgr"])
def test_the_network_sees_scaled_pixels_in_its_own_layout(
    tmp_path: Path, crops: np.ndarray, layout: str, colour: str
) -> None:
    path = colour_sums(tmp_path / "sums.onnx", *LAYOUTS[layout])
    encoder = build("encoder", "onnx", model=path, colour=colour, mean=127.5, scale=1 / 128, size_px=SIZE_PX)
    slow = np.array([[sum((float(p) - 127.5) / 128 for p in crop[..., c].flat) for c in range(3)] for crop in crops])
    vectors = encoder.encode(crops)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, slow if colour == "rgb" else slow[:, ::-1], rtol=1e-5, atol=1e-4)


def test_no_crops_give_no_vectors(tmp_path: Path, crops: np.ndarray) -> None:
    encoder = build("encoder", "onnx", model=colour_sums(tmp_path / "a.onnx", *LAYOUTS["any size"]), size_px=SIZE_PX)
    assert encoder.encode(crops[:0]).shape == (0, 3)


@pytest.mark.parametrize(
    ("shape", "axes", "dtype", "message"),
    [
        (["n", 3, 112, 112], [2, 3], TensorProto.FLOAT, r"got \('n', 3, 112, 112\); the side .* size_px"),
        (["n", 1, SIZE_PX, SIZE_PX], [2, 3], TensorProto.FLOAT, "expected an input"),
        ([4, 3, SIZE_PX, SIZE_PX], [2, 3], TensorProto.FLOAT, r"got \(4, 3, 6, 6\)"),
        (["n", 3], [1], TensorProto.FLOAT, r"got \('n', 3\)"),
        (["n", 3, SIZE_PX, SIZE_PX], [2, 3], TensorProto.DOUBLE, r"got crop tensor\(double\)"),
        (["n", 3, SIZE_PX, SIZE_PX], [3], TensorProto.FLOAT, r"expected an output of shape \(N, D\), got \(1, 3, 6\)"),
    ],
)
def test_networks_of_another_kind_are_refused(
    tmp_path: Path, shape: list[Any], axes: list[int], dtype: int, message: str
) -> None:
    path = colour_sums(tmp_path / "other.onnx", shape, axes, dtype)
    with pytest.raises(UserError, match=message):
        build("encoder", "onnx", model=path, size_px=SIZE_PX)


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        build("encoder", "onnx", model=tmp_path / "missing.onnx")
    (tmp_path / "text.onnx").write_text("no network")
    with pytest.raises(UserError, match=r"text\.onnx: ONNX Runtime cannot use it"):
        build("encoder", "onnx", model=tmp_path / "text.onnx")


def test_wrong_settings_are_refused(tmp_path: Path, crops: np.ndarray) -> None:
    path = colour_sums(tmp_path / "sums.onnx", *LAYOUTS["channels first"])
    with pytest.raises(UserError, match="onnx: colour = 'grey': expected one of rgb, bgr"):
        build("encoder", "onnx", model=path, colour="grey", size_px=SIZE_PX)
    with pytest.raises(UserError, match="onnx: device = 'tpu': .*expected one of auto, cpu, cuda"):
        build("encoder", "onnx", model=path, device="tpu", size_px=SIZE_PX)
    encoder = build("encoder", "onnx", model=path, size_px=SIZE_PX)
    with pytest.raises(UserError, match="takes crops of 6 pixels, got 5"):
        encoder.encode(crops[:, :5, :5])
