"""What an ONNX network wants to be fed: found in the constants that stand between its input and its first layer.

Files of the same network come in two kinds: some take pixels 0..255 and normalise them inside, by Sub, Mul, Div, Add or
a batch normalisation of the input, and others are to be given (pixel - 127.5) / 127.5. Fed the other kind's input, a
network still gives vectors, which tell people apart badly.
"""

from typing import NamedTuple

import numpy as np
from onnx import GraphProto, ModelProto, NodeProto

from .onnx_rewrite import constants


class Range(NamedTuple):
    """The range of a network's input: (pixel - mean) * scale."""

    mean: float
    scale: float


#: -1..1, as nearly all networks for faces are trained; pixels as they are; 0..1.
SYMMETRIC, PIXELS, SHARES = Range(127.5, 1 / 127.5), Range(0.0, 1.0), Range(0.0, 1 / 255)

#: What leaves an input's values as they are, or moves them about.
PASSING = {"Identity", "Cast", "Transpose", "Reshape", "Flatten", "Slice", "Gather", "Squeeze", "Unsqueeze", "Expand"}
PASSING |= {"QuantizeLinear", "DequantizeLinear", "Pad", "Resize", "Split", "Concat", "Dropout"}


def input_range(model: ModelProto) -> Range | None:
    """Find the range of a network's input: the one that its own constants bring nearest to the size of 1.

    They are a * x + b in all. A uniform input has a root mean square of 0.58 in SYMMETRIC and in SHARES, so that one
    that subtracts 127.5 and divides by 128 wants PIXELS, and one that subtracts 0.485 and divides by 0.229, SHARES.
    None for a network without such constants, which says nothing.
    """
    a, b = _affine(model.graph)
    if (a == 1).all() and not b.any():
        return None

    def size(wanted: Range) -> float:
        low, high = ((pixel - wanted.mean) * wanted.scale * a + b for pixel in (0.0, 255.0))
        return float(np.sqrt(np.mean((low + high) ** 2 / 4 + (high - low) ** 2 / 12)))

    return min((SYMMETRIC, SHARES, PIXELS), key=lambda one: abs(np.log(max(size(one), 1e-30) / np.sqrt(1 / 3))))


def _affine(graph: GraphProto) -> tuple[np.ndarray, np.ndarray]:
    """The factors a and b, a number or one for each colour, of what is done to the input before its first layer."""
    known = constants(graph)
    fed = [entry.name for entry in graph.input if entry.name not in known]
    a, b = np.ones(1), np.zeros(1)
    name = fed[0] if fed else ""
    for node in graph.node:  # in the order in which they run
        if node.op_type in PASSING and node.input[0] in known:
            known[node.output[0]] = known[node.input[0]]
        if name not in node.input or node.op_type in ("Shape", "Size"):
            continue
        step = _step(node, name, known)
        if step is None:
            break
        factor, offset = step
        if len({len(values) for values in (a, factor, offset)} - {1}) > 1:
            break
        a, b, name = a * factor, b * factor + offset, node.output[0]
    return a, b


def _step(node: NodeProto, x: str, known: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray] | None:
    """The factor and the offset of a node that computes factor * x + offset of ``x``; None for any other node."""
    if node.op_type in PASSING:
        return np.ones(1), np.zeros(1)
    if node.op_type == "BatchNormalization" and all(name in known for name in node.input[1:]):
        gamma, beta, mean, variance = (known[name].astype(np.float64).ravel() for name in node.input[1:5])
        epsilon = next((one.f for one in node.attribute if one.name == "epsilon"), 1e-5)
        factor = gamma / np.sqrt(np.maximum(variance + epsilon, 1e-30))
        return factor, beta - mean * factor
    others = [name for name in node.input if name != x]
    if node.op_type not in ("Sub", "Add", "Mul", "Div") or len(others) != 1 or others[0] not in known:
        return None
    value = known[others[0]].astype(np.float64).ravel()
    if node.op_type in ("Sub", "Div") and node.input[0] != x:  # c - x changes the sign; c / x is no such thing
        return (-np.ones(1), value) if node.op_type == "Sub" else None
    if node.op_type in ("Mul", "Div"):
        factor = value if node.op_type == "Mul" else 1 / np.where(value == 0, 1e-30, value)
        return factor, np.zeros(1)
    return np.ones(1), value if node.op_type == "Add" else -value
