"""A float ONNX network in 8-bit integers: ranges read off calibration crops once, static from then on."""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path

import numpy as np
import onnx
from onnx import ModelProto
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantType, quantize_static

from eigen2arc.core.errors import UserError
from eigen2arc.deep.weights_io.onnx_rewrite import rewrite

#: Activations are clipped at this percentile: half of the rest at either end. Measured on a MobileFaceNet, 64
#: crops: its few largest outputs stretch the range so far that with all of them the mean cosine between float and int8
#: vectors is 0.88; clipped it is 0.97, and 0.98 with depthwise convolutions left in float.
PERCENTILE = 99.99


class Calibration(CalibrationDataReader):
    """Calibration crops in batches, a range of them at a time, so that memory does not grow with their number."""

    def __init__(self, name: str, values: np.ndarray, batch: int) -> None:
        self.name = name
        self.batches = [values[start : start + batch] for start in range(0, len(values), batch)]
        self.set_range(0, len(self.batches))

    def __len__(self) -> int:
        return len(self.batches)

    def set_range(self, start_index: int, end_index: int) -> None:
        self.left = iter(self.batches[start_index:end_index])

    def get_next(self) -> dict[str, np.ndarray] | None:
        batch = next(self.left, None)
        return None if batch is None else {self.name: batch}


def quantize_model(model: ModelProto, values: np.ndarray, batch: int, name: str) -> ModelProto:
    """Quantise a network's convolutions and matrix products to int8: weights by channel, signed; outputs unsigned.

    values : (N, ...) float32, the network's input for some hundred faces like those to come. batch : how many of them
    it takes at a time; all layers' outputs are kept of these. name : what an error calls the file.

    Weights keep 7 of the 8 bits: processors with AVX2 and without VNNI add two products of 8 bits in 16, and overflow.
    A grouped convolution (as a depthwise one) stays in float: it has little to gain and most to lose.
    The operators are those that onnx_rewrite.py leaves, between which ONNX Runtime need not reorder.
    Raises UserError for a network that cannot be quantised.
    """
    model = name_nodes_and_prune(rewrite(model))
    with tempfile.TemporaryDirectory() as folder, _quiet():
        out = Path(folder) / "int8.onnx"
        try:
            quantize_static(
                model,
                out,
                Calibration(model.graph.input[0].name, values, batch),
                op_types_to_quantize=["Conv", "Gemm", "MatMul"],
                nodes_to_exclude=[node.name for node in model.graph.node if is_grouped_conv(node)],
                per_channel=True,
                reduce_range=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                calibrate_method=CalibrationMethod.Percentile,
                extra_options={"CalibPercentile": PERCENTILE, "CalibStridedMinMax": 1},
            )
        except Exception as error:  # neither library's exceptions have a base class but this
            line = str(error).strip().partition("\n")[0]
            raise UserError(f"{name}: ONNX Runtime cannot quantise it ({line})") from error
        return onnx.load(out)


def name_nodes_and_prune(model: ModelProto) -> ModelProto:
    """Give every node a name and drop constants that nothing reads; changes the model in place, and returns it."""
    graph = model.graph
    for i, node in enumerate(graph.node):
        node.name = node.name or f"node{i}"
    read = {name for node in graph.node for name in node.input} | {output.name for output in graph.output}
    for node in [n for n in graph.node if n.op_type == "Constant" and n.output[0] not in read]:
        graph.node.remove(node)
    for tensor in [t for t in graph.initializer if t.name not in read]:
        graph.initializer.remove(tensor)
    return model


def is_grouped_conv(node: onnx.NodeProto) -> bool:
    """Tell whether a node is a convolution in more than one group, as a depthwise one is."""
    return node.op_type == "Conv" and any(a.name == "group" and a.i > 1 for a in node.attribute)


@contextmanager
def _quiet() -> Iterator[None]:
    """ONNX Runtime's quantiser prints its progress, and logs advice that has been followed."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        with redirect_stdout(StringIO()):
            yield
    finally:
        root.setLevel(level)
