"""How many numbers an ONNX network holds, and how many multiply-adds it takes: read off its graph."""

import math

from onnx import ModelProto, NodeProto, TensorProto

from .onnx_memory import has_subgraph, value_shapes

#: Operators that multiply and add: the number of the input whose sides tell how often for each number of the output.
CONVOLUTIONS = {"Conv": 1, "ConvInteger": 1, "QLinearConv": 3}
PRODUCTS = {"MatMul", "MatMulInteger", "QLinearMatMul", "Gemm"}

#: Others that do, of which no count is made here: a network with one of them is not counted.
UNCOUNTED = {"LSTM", "GRU", "RNN", "Einsum", "Attention", "DeformConv"}


def count_parameters(model: ModelProto) -> int:
    """Count the numbers of a network's constants, but those of 64 bits, which are shapes, axes and indices."""
    tensors = list(model.graph.initializer)
    tensors += [one.t for node in model.graph.node if node.op_type == "Constant" for one in node.attribute]
    return sum(math.prod(tensor.dims) for tensor in tensors if tensor.data_type not in (TensorProto.INT64, 0))


def count_multiply_adds(model: ModelProto, shape: tuple[int, ...]) -> int | None:
    """Count the multiply-adds of convolutions and matrix products for one input of a shape (N, ...), a crop each.

    None where the graph does not tell: shapes that only its input gives, operators that are not ONNX's own, loops.
    """
    nodes = model.graph.node
    if model.functions or any(node.domain not in ("", "ai.onnx") or has_subgraph(node) for node in nodes):
        return None
    shapes = {name: sides for name, (sides, _) in value_shapes(model, shape).items()}
    shapes |= {tensor.name: list(tensor.dims) for tensor in model.graph.initializer}
    try:
        whole = sum(_of_node(node, shapes) for node in nodes)
    except (KeyError, NotImplementedError):
        return None
    return whole // shape[0]


def _of_node(node: NodeProto, shapes: dict[str, list[int]]) -> int:
    """The multiply-adds of a node. Raises KeyError for a shape that is not told, NotImplementedError for UNCOUNTED."""
    if node.op_type in UNCOUNTED:
        raise NotImplementedError(node.op_type)
    if node.op_type in CONVOLUTIONS:  # weights (M, C / groups, ...), one window for each number of the output
        return math.prod(shapes[node.output[0]]) * math.prod(shapes[node.input[CONVOLUTIONS[node.op_type]]][1:])
    if node.op_type == "ConvTranspose":  # weights (C, M / groups, ...), one window for each number of the input
        return math.prod(shapes[node.input[0]]) * math.prod(shapes[node.input[1]][1:])
    if node.op_type in PRODUCTS:
        turned = any(one.name == "transA" and one.i for one in node.attribute)
        return math.prod(shapes[node.output[0]]) * shapes[node.input[0]][0 if turned else -1]
    return 0
