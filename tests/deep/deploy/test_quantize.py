"""Int8 against values worked out by hand, and a whole small network against itself in float."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from eigen2arc.core.errors import UserError
from eigen2arc.deep.deploy.onnx_export import probe_crops
from eigen2arc.deep.deploy.quantize import Calibration, is_grouped_conv, name_nodes_and_prune, quantize_model

SIDE = 4


def one_layer(w: np.ndarray) -> ModelProto:
    """A 1x1 convolution (C, 3), and a constant that nothing reads."""
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "w"], ["y"])],
        "one_layer",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", len(w), SIDE, SIDE])],
        [numpy_helper.from_array(value, name) for name, value in (("w", w[..., None, None]), ("idle", w))],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def run(model: ModelProto, x: np.ndarray) -> np.ndarray:
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {model.graph.input[0].name: x})[0]


def test_weights_are_rounded_by_channel(rng: np.random.Generator) -> None:
    w = rng.normal(size=(2, 3)).astype(np.float32) * np.array([[1], [100]], np.float32)  # one step would lose the first
    small = quantize_model(one_layer(w), rng.uniform(-1, 3, (12, 3, SIDE, SIDE)).astype(np.float32), 4, "one layer")
    constants = {t.name: numpy_helper.to_array(t) for t in small.graph.initializer}
    step = np.abs(w).max(axis=1) / 64  # the range that ONNX Runtime calls reduced, -64 to 64
    kept = next(value for value in constants.values() if value.dtype == np.int8 and value.ndim == 4)
    np.testing.assert_array_equal(kept[..., 0, 0], np.round(w / step[:, None]))
    assert any(value.shape == (2,) and np.allclose(value, step) for value in constants.values())


def test_a_layers_output_is_off_by_its_rounding_at_most(rng: np.random.Generator) -> None:
    w = rng.normal(size=(2, 3)).astype(np.float32)
    x = rng.uniform(-1, 3, (12, 3, SIDE, SIDE)).astype(np.float32)
    exact = np.einsum("ci,nihw->nchw", w, x)
    # The range leaves out the last ten thousandth of the values: of so few, none but what a bin of the histogram holds.
    bin_x, bin_y = np.ptp(x) / 2048, np.ptp(exact) / 2048
    step_x, step_y = np.ptp(x) / 255, np.ptp(exact) / 255
    of_weights = np.abs(x).sum(axis=1).max() * np.abs(w).max() / 64 / 2
    of_inputs = np.abs(w).sum(axis=1).max() * (step_x + 2 * bin_x)
    error = np.abs(run(quantize_model(one_layer(w), x, 4, "one layer"), x) - exact).max()
    assert step_y / 4 < error < of_weights + of_inputs + step_y + 2 * bin_y


def test_what_nothing_reads_is_dropped_and_nodes_are_named(rng: np.random.Generator) -> None:
    model = one_layer(rng.normal(size=(2, 3)).astype(np.float32))
    model.graph.node.append(helper.make_node("Constant", [], ["spare"], value_float=1.0))
    pruned = name_nodes_and_prune(model)
    assert [t.name for t in pruned.graph.initializer] == ["w"]
    assert [(n.op_type, n.name) for n in pruned.graph.node] == [("Conv", "node0")]


@pytest.fixture(scope="module")
def network(onnx_file: Path) -> ModelProto:
    return onnx.load(onnx_file)


def pixels() -> np.ndarray:
    return probe_crops(32)[4:].transpose(0, 3, 1, 2).astype(np.float32)


def weight(node: NodeProto, graph: onnx.GraphProto) -> str:
    """Where the weights of a convolution come from: the kind of the node, or "constant"."""
    return next((n.op_type for n in graph.node if node.input[1] in n.output), "constant")


@pytest.mark.slow
def test_a_network_keeps_its_vectors_and_its_depthwise_layers(network: ModelProto) -> None:
    exact = run(network, pixels())
    whole = ModelProto()
    whole.CopyFrom(network)
    small = quantize_model(whole, pixels(), 2, "network")
    got = run(small, pixels())
    cosine = (exact * got).sum(axis=1) / np.linalg.norm(exact, axis=1) / np.linalg.norm(got, axis=1)
    # Five random networks have 0.93 to 0.985, and 0.59 to 0.89 where products of 8 bits overflow.
    assert cosine.mean() > 0.9 and not np.allclose(exact, got, rtol=1e-3)
    kinds = {(is_grouped_conv(n), weight(n, small.graph)) for n in small.graph.node if n.op_type == "Conv"}
    assert kinds == {(True, "constant"), (False, "DequantizeLinear")}
    assert small.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "n"


@pytest.mark.slow
def test_it_is_smaller(network: ModelProto) -> None:
    whole = ModelProto()
    whole.CopyFrom(network)
    small = quantize_model(whole, pixels(), 2, "network")
    dense = [n for n in network.graph.node if n.op_type == "Conv" and not is_grouped_conv(n)]
    constants = {t.name: t for t in network.graph.initializer}
    saved = 3 * sum(numpy_helper.to_array(constants[n.input[1]]).size for n in dense)  # 4 bytes to 1
    now = {t.name: numpy_helper.to_array(t).nbytes for t in small.graph.initializer}
    before = {t.name: numpy_helper.to_array(t).nbytes for t in network.graph.initializer}
    assert sum(now.values()) < sum(before.values()) - 0.6 * saved


def test_crops_are_handed_over_a_part_at_a_time() -> None:
    values = np.arange(10, dtype=np.float32)
    reader = Calibration("x", values, 4)
    assert len(reader) == 3
    reader.set_range(1, 3)
    parts = [reader.get_next(), reader.get_next(), reader.get_next()]
    assert parts[2] is None
    assert [part["x"].tolist() for part in parts[:2] if part is not None] == [[4, 5, 6, 7], [8, 9]]


def test_a_network_that_cannot_be_quantised_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"face\.onnx: ONNX Runtime cannot quantise it"):
        quantize_model(
            one_layer(np.ones((2, 3), np.float32)), np.zeros((1, 3, SIDE + 1, SIDE), np.float32), 4, "face.onnx"
        )
