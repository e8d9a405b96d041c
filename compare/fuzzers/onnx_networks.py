"""Networks of others in ONNX files, run on a crop."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from eigen2arc.compare.fuzzing.mutation import Files
from eigen2arc.core import plugins

SIDE_PX, DIMENSIONS = 16, 4


class OnnxNetworks:
    """One network a folder, run as the encoder onnx runs it."""

    def seeds(self) -> list[Files]:
        """Write a small network with a convolution and a matrix, for one crop a run, and for any number."""
        return [{"a.onnx": _network(1)}, {"a.onnx": _network("n")}]

    def read(self, folder: Path) -> object:
        """Build the encoder of a folder's network and encode two crops."""
        (path,) = folder.iterdir()
        encoder = plugins.build("encoder", "onnx", model=str(path), size_px=SIDE_PX, device="cpu")
        return encoder.encode(np.zeros((2, SIDE_PX, SIDE_PX, 3), np.uint8))


def _network(batch: int | str) -> bytes:
    rng = np.random.default_rng(0)
    constants: dict[str, np.ndarray] = {
        "mean": np.full((1, 3, 1, 1), 127.5, np.float32),
        "kernel": rng.normal(size=(4, 3, 3, 3)).astype(np.float32),
        "matrix": rng.normal(size=(4, DIMENSIONS)).astype(np.float32),
        "shape": np.array([-1, 4], np.int64),
    }
    nodes = [
        helper.make_node("Sub", ["crops", "mean"], ["centred"]),
        helper.make_node("Conv", ["centred", "kernel"], ["maps"], strides=[2, 2]),
        helper.make_node("Relu", ["maps"], ["active"]),
        helper.make_node("GlobalAveragePool", ["active"], ["pooled"]),
        helper.make_node("Reshape", ["pooled", "shape"], ["row"]),
        helper.make_node("MatMul", ["row", "matrix"], ["vectors"]),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("crops", TensorProto.FLOAT, [batch, 3, SIDE_PX, SIDE_PX])],
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, [batch, DIMENSIONS])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model.SerializeToString()


build = OnnxNetworks
