"""How much a network holds at a time is told before it is run, and what asks for gigabytes is not run."""

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from eigen2arc.core.errors import UserError
from eigen2arc.deep.weights_io import onnx_memory
from eigen2arc.deep.weights_io.onnx_memory import check_memory, peak_bytes

SHAPE = (2, 3, 8, 8)
BYTES = 4 * 2 * 3 * 8 * 8
HUGE = 3_000_000_000


def model(nodes: list[onnx.NodeProto], **constants: Any) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def test_an_output_is_held_until_it_is_read_last() -> None:
    chain = [helper.make_node("Relu", [a], [b]) for a, b in ("xa", "ab", "bc", "cy")]
    assert peak_bytes(model(chain), SHAPE) == 2 * BYTES
    read_again = [*chain[:3], helper.make_node("Add", ["c", "a"], ["y"])]
    assert peak_bytes(model(read_again), SHAPE) == 3 * BYTES
    # What is made of constants alone is kept: ONNX Runtime makes it when it opens the file.
    kept = [helper.make_node("Relu", ["w"], ["a"]), *[helper.make_node("Relu", [a], [b]) for a, b in ("xb", "bc")]]
    kept.append(helper.make_node("Add", ["c", "a"], ["y"]))
    assert peak_bytes(model(kept, w=np.zeros(SHAPE, np.float32)), SHAPE) == 3 * BYTES


LARGE: dict[str, tuple[list[onnx.NodeProto], dict[str, Any]]] = {
    "ConstantOfShape": ([helper.make_node("ConstantOfShape", ["shape"], ["a"])], {"shape": [HUGE]}),
    "Expand": ([helper.make_node("Expand", ["one", "shape"], ["a"])], {"one": np.float32(1), "shape": [3000, 10**6]}),
    "Tile": ([helper.make_node("Tile", ["x", "times"], ["a"])], {"times": [1, 1, 30_000, 1000]}),
    "a broadcast": (
        [helper.make_node("Mul", ["row", "column"], ["a"])],
        {"row": np.zeros((1, 50_000), np.float32), "column": np.zeros((50_000, 1), np.float32)},
    ),
    "a matrix": (
        [helper.make_node("MatMul", ["column", "row"], ["a"])],
        {"row": np.zeros((1, 50_000), np.float32), "column": np.zeros((50_000, 1), np.float32)},
    ),
    "a pad": (
        [helper.make_node("Pad", ["x", "pads"], ["a"])],
        {"pads": [0, 0, 0, 0, 0, 0, 30_000, 30_000]},
    ),
    "through a shape": (
        [
            helper.make_node("Shape", ["x"], ["s"]),
            helper.make_node("Mul", ["s", "times"], ["t"]),
            helper.make_node("ConstantOfShape", ["t"], ["a"]),
        ],
        {"times": [10, 10, 1000, 1000]},
    ),
}


@pytest.mark.parametrize("kind", LARGE)
def test_what_would_take_gigabytes_is_not_run(kind: str) -> None:
    nodes, constants = LARGE[kind]
    network = model([*nodes, helper.make_node("ReduceSum", ["a"], ["y"])], **constants)
    assert len(network.SerializeToString()) < 500_000
    with pytest.raises(UserError, match=r"a\.onnx: (its layers would|fails, or takes more than) .* GB.* for 2 crops"):
        check_memory(network, SHAPE, "a.onnx")


def untold(factor: int) -> onnx.ModelProto:
    """A network whose sizes depend on the values of its input."""
    nodes = [
        helper.make_node("NonZero", ["flags"], ["where"]),
        helper.make_node("Shape", ["where"], ["s"]),
        helper.make_node("Mul", ["s", "times"], ["t"]),
        helper.make_node("ConstantOfShape", ["t"], ["a"]),
        helper.make_node("ReduceSum", ["a"], ["b"], keepdims=0),
        helper.make_node("Add", ["x", "b"], ["y"]),
    ]
    return model(nodes, flags=np.ones(10, bool), times=[factor, factor])


def test_a_network_that_does_not_tell_its_sizes_is_tried_in_a_process_of_its_own() -> None:
    assert peak_bytes(untold(1), SHAPE) is None
    check_memory(untold(1), SHAPE, "a.onnx")
    with pytest.raises(UserError, match=r"a\.onnx: fails, or takes more than 2 GB, for 2 crops"):
        check_memory(untold(20_000), SHAPE, "a.onnx")


def test_a_network_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_memory, "TRIED_S", 0.01)
    with pytest.raises(UserError, match=r"a\.onnx: does not end within 0.01 s"):
        check_memory(untold(1), SHAPE, "a.onnx")
