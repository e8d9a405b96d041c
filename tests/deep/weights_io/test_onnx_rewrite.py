"""A rewritten graph has the same values and fewer, or faster, operators."""

from collections import Counter
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from eigen2arc.deep.weights_io.onnx_rewrite import rewrite

N, C_IN, C, SIDE = 2, 3, 5, 6


def model(
    nodes: list[NodeProto], constants: dict[str, np.ndarray], outputs: tuple[str, ...] = ("y",), opset: int = 13
) -> ModelProto:
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [N, C_IN, SIDE, SIDE])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(value.astype(np.float32), name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def values(made: ModelProto, x: np.ndarray) -> list[np.ndarray]:
    session = ort.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})


def operators(made: ModelProto) -> Counter[str]:
    return Counter(node.op_type for node in made.graph.node)


def check(made: ModelProto, rng: np.random.Generator) -> Counter[str]:
    """The operators after rewriting, once the values are found to be the same."""
    x = rng.normal(size=(N, C_IN, SIDE, SIDE)).astype(np.float32)
    before = values(made, x)
    for old, new in zip(before, values(rewrite(made), x), strict=True):
        np.testing.assert_allclose(new, old, rtol=1e-4, atol=1e-5)
    return operators(made)


def conv(output: str, bias: bool = False) -> NodeProto:
    return helper.make_node("Conv", ["x", "w", "b"] if bias else ["x", "w"], [output])


def per_channel(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.uniform(0.5, 2.5, shape)


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("shape", [(C, 1, 1), (1, C, 1, 1), (1,), ()])
def test_a_normalisation_written_out_is_folded(rng: np.random.Generator, bias: bool, shape: tuple[int, ...]) -> None:
    nodes = [conv("a", bias)]
    for i, (op, x, y) in enumerate((("Sub", "a", "b1"), ("Div", "b1", "c"), ("Mul", "c", "d"), ("Add", "d", "y"))):
        inputs = [x, f"k{i}"] if op in ("Sub", "Div", "Mul") else [f"k{i}", x]
        nodes.append(helper.make_node(op, inputs, [y]))
    constants: dict[str, Any] = {f"k{i}": per_channel(rng, *shape) for i in range(4)}
    constants |= {"w": rng.normal(size=(C, C_IN, 3, 3)), "b": rng.normal(size=C)}
    assert check(model(nodes, constants), rng) == {"Conv": 1}


@pytest.mark.parametrize("top", [0.9, 2.5])
def test_prelu_is_split_for_any_slope(rng: np.random.Generator, top: float) -> None:
    nodes = [conv("a"), helper.make_node("PRelu", ["a", "k"], ["y"])]
    constants = {"w": rng.normal(size=(C, C_IN, 3, 3)), "k": rng.uniform(-0.5, top, (C, 1, 1))}
    assert check(model(nodes, constants), rng) == {"Conv": 1, "Relu": 1, "Mul": 2, "Add": 1}


def test_constants_may_be_nodes(rng: np.random.Generator) -> None:
    value = numpy_helper.from_array(per_channel(rng, C, 1, 1).astype(np.float32))
    nodes = [
        conv("a"),
        helper.make_node("Constant", [], ["k"], value=value),
        helper.make_node("Mul", ["a", "k"], ["y"]),
    ]
    assert check(model(nodes, {"w": rng.normal(size=(C, C_IN, 1, 1))}), rng) == {"Conv": 1, "Constant": 1}


@pytest.mark.parametrize("why", ["seen by others", "an output", "another axis", "constant first", "not constant"])
def test_what_cannot_be_folded_stays(rng: np.random.Generator, why: str) -> None:
    constants = {"w": rng.normal(size=(SIDE, C_IN, 1, 1)), "k": per_channel(rng, SIDE, 1, 1)}
    nodes, outputs = [conv("a"), helper.make_node("Div", ["a", "k"], ["y"])], ("y",)
    if why == "seen by others":
        nodes[1:] = [helper.make_node("Div", ["a", "k"], ["d"]), helper.make_node("Max", ["a", "d"], ["y"])]
    elif why == "an output":
        outputs = ("y", "a")
    elif why == "another axis":
        constants["k"] = per_channel(rng, SIDE)  # one factor for each column
    elif why == "constant first":
        nodes[1] = helper.make_node("Div", ["k", "a"], ["y"])
    else:
        nodes[1:] = [helper.make_node("Abs", ["a"], ["d"]), helper.make_node("Add", ["a", "d"], ["y"])]
    made = model(nodes, constants, outputs)
    before = operators(made)
    assert check(made, rng) == before


def test_operators_of_old_are_left_alone(rng: np.random.Generator) -> None:
    nodes = [conv("a"), helper.make_node("Mul", ["a", "k"], ["y"], broadcast=1, axis=1)]
    made = model(nodes, {"w": rng.normal(size=(C, C_IN, 1, 1)), "k": per_channel(rng, C)}, opset=6)
    assert operators(rewrite(made)) == {"Conv": 1, "Mul": 1}
