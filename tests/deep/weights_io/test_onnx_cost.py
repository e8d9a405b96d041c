"""What an ONNX network holds and takes, against counts by hand and torch's own counter."""

from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from eigen2arc.deep.weights_io.onnx_cost import count_multiply_adds, count_parameters


def model(nodes: list[onnx.NodeProto], **constants: Any) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def zeros(*sides: int) -> np.ndarray:
    return np.zeros(sides, np.float32)


def test_a_graph_by_hand() -> None:
    toy = model(
        [
            helper.make_node("Conv", ["x", "w", "b"], ["a"], kernel_shape=[3, 3]),
            helper.make_node("Relu", ["a"], ["r"]),
            helper.make_node("Conv", ["r", "deep"], ["d"], kernel_shape=[2, 2], strides=[2, 2], group=4),
            helper.make_node("Reshape", ["d", "sides"], ["f"]),
            helper.make_node("Gemm", ["f", "dense"], ["g"], transB=1),
            helper.make_node("MatMul", ["g", "last"], ["y"]),
        ],
        w=zeros(4, 3, 3, 3), b=zeros(4), deep=zeros(4, 1, 2, 2), sides=np.array([0, -1]), dense=zeros(5, 36),
        last=zeros(5, 2),
    )  # fmt: skip
    # 8 x 8 pixels to 6 x 6 and 3 x 3; the shape, of 64 bits, is no parameter.
    assert count_parameters(toy) == 4 * 27 + 4 + 4 * 4 + 5 * 36 + 5 * 2
    counted = 36 * 4 * 27 + 9 * 4 * 4 + 36 * 5 + 5 * 2
    assert [count_multiply_adds(toy, (n, 3, 8, 8)) for n in (1, 4)] == [counted, counted]


def test_a_network_as_torch_counts_it() -> None:
    conv, wider, dense = nn.Conv2d(3, 6, 3, 2, 1), nn.ConvTranspose2d(6, 4, 2, 2, groups=2), nn.Linear(256, 7)
    network = nn.Sequential(conv, nn.ReLU(), wider, nn.Flatten(), dense)
    with FlopCounterMode(display=False) as counter:
        network(torch.zeros(2, 3, 8, 8))
    same = model(
        [
            helper.make_node("Conv", ["x", "w0", "b0"], ["c"], strides=[2, 2], pads=[1, 1, 1, 1]),
            helper.make_node("Relu", ["c"], ["r"]),
            helper.make_node("ConvTranspose", ["r", "w1", "b1"], ["t"], strides=[2, 2], group=2),
            helper.make_node("Flatten", ["t"], ["f"]),
            helper.make_node("Gemm", ["f", "w2", "b2"], ["y"], transB=1),
        ],
        **{f"w{i}": layer.weight.detach().numpy() for i, layer in enumerate((conv, wider, dense))},
        **{f"b{i}": layer.bias.detach().numpy() for i, layer in enumerate((conv, wider, dense))},
    )
    assert count_multiply_adds(same, (2, 3, 8, 8)) == counter.get_total_flops() / 2 / 2
    assert count_parameters(same) == sum(one.numel() for one in network.parameters())


@pytest.mark.parametrize(
    "node",
    [
        helper.make_node("FusedConv", ["x", "w"], ["y"], domain="com.microsoft"),
        helper.make_node("Einsum", ["x", "x"], ["y"], equation="nchw,nchw->n"),
        helper.make_node("MatMul", ["nothing", "w"], ["y"]),
    ],
)
def test_what_is_not_known_is_not_counted(node: onnx.NodeProto) -> None:
    assert count_multiply_adds(model([node], w=zeros(4, 3, 3, 3)), (1, 3, 8, 8)) is None
