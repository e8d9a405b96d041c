"""Which file of a pack is for what: told by shapes, whatever the files are called."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from eigen2arc.core.component import Component
from eigen2arc.core.errors import UserError
from eigen2arc.core.plugins import build
from eigen2arc.deep.weights_io.insightface_pack import find_network


def network(path: Path, side: int | str, outputs: int, seed: int = 0) -> None:
    """A file that gives ``outputs`` times the same 8 numbers, of 3 x side x side pixels."""
    rng = np.random.default_rng(seed)
    fed = helper.make_tensor_value_info("data", TensorProto.FLOAT, ["n", 3, side, side])
    nodes = [helper.make_node("GlobalAveragePool", ["data"], ["mean"]), helper.make_node("Flatten", ["mean"], ["flat"])]
    nodes += [helper.make_node("MatMul", ["flat", "w"], [f"out_{n}"]) for n in range(outputs)]
    found = [helper.make_tensor_value_info(f"out_{n}", TensorProto.FLOAT, ["n", 8]) for n in range(outputs)]
    weights = [numpy_helper.from_array(rng.normal(size=(3, 8)).astype(np.float32), "w")]
    graph = helper.make_graph(nodes, "g", [fed], found, weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """The five networks of a pack, their names in no order."""
    for name, side, outputs in (("a", "?", 9), ("b", 192, 1), ("c", 96, 1), ("d", 112, 1), ("e", 192, 1)):
        network(tmp_path / f"{name}.onnx", side, outputs)
    return tmp_path


def test_the_networks_are_told_apart(pack: Path) -> None:
    assert find_network(pack, "detection") == pack / "a.onnx"
    assert find_network(pack, "recognition") == pack / "d.onnx"


def test_the_encoder_onnx_takes_a_folder(pack: Path, rng: np.random.Generator) -> None:
    crops = rng.integers(0, 256, (3, 112, 112, 3), dtype=np.uint8)
    of_folder, of_file = (build("encoder", "onnx", model=model, device="cpu") for model in (pack, pack / "d.onnx"))
    np.testing.assert_array_equal(of_folder.encode(crops), of_file.encode(crops))


def test_another_network_in_the_folder_is_another_encoder(pack: Path) -> None:
    before = Component("encoder", "onnx", {"model": str(pack)}).key
    network(pack / "d.onnx", 112, 1, seed=1)
    assert Component("encoder", "onnx", {"model": str(pack)}).key != before


def test_none_and_several_are_refused(pack: Path) -> None:
    network(pack / "f.onnx", 128, 1)
    with pytest.raises(UserError, match=r"expected one network for recognition, got d\.onnx, f\.onnx: name the file"):
        find_network(pack, "recognition")
    (pack / "a.onnx").unlink()
    with pytest.raises(UserError, match=r"expected one network for detection, got b\.onnx, .*: name the file itself"):
        find_network(pack, "detection")
    (pack / "empty").mkdir()
    with pytest.raises(UserError, match=r"expected one network for detection, got no \.onnx file at all"):
        find_network(pack / "empty", "detection")
