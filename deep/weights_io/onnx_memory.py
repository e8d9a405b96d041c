"""How much memory an ONNX network takes to run: bounded before it is run.

A file of a hundred bytes can ask for gigabytes: ConstantOfShape, Expand, Tile and Range make of a few numbers as many
as they are told to, and so does a broadcast. ONNX Runtime takes the memory as soon as it opens the file.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import onnx
from onnx import ModelProto, TensorProto, helper
from onnx.shape_inference import infer_shapes

from eigen2arc.core.errors import UserError

#: The layers' outputs that a network may hold at a time, in bytes: a ResNet-100 needs 60 MB for four crops.
MOST_BYTES = 1 << 30

#: Constants of more numbers than this tell no shapes.
SMALL = 256

#: Of a network whose sizes cannot be told: the memory, besides its file, and the seconds that it may take for a batch.
TRIED_BYTES, TRIED_S = 2 << 30, 120

#: Runs a network once: the file, the input's shape, and the bytes that it may take.
TRY = """
import resource, sys
import numpy, onnxruntime
file, shape, most, kind = sys.argv[1], [int(n) for n in sys.argv[2].split(",")], int(sys.argv[3]), sys.argv[4]
resource.setrlimit(resource.RLIMIT_AS, (most, most))
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.log_severity_level = 4
session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
session.run(None, {session.get_inputs()[0].name: numpy.zeros(shape, kind)})
"""


def check_memory(model: ModelProto, shape: tuple[int, ...], name: str, what: str = "") -> None:
    """Check what a network with one input takes for an input of a shape. Raises UserError, in the name of the file.

    what : the input as that line has it, "4 crops" where nothing else is said.
    Sizes are read off the graph where that can be done; else the network is run once in a process of its own, which
    gets no more than TRIED_BYTES and TRIED_S.
    """
    what = what or f"{shape[0]} crops"
    needed = peak_bytes(model, shape)
    if needed is None:
        _try(model, shape, name, what)
    elif needed > MOST_BYTES:
        many = f"{needed / 1e9:,.1f} GB" if needed < 1e15 else "more memory than there is"
        raise UserError(f"{name}: its layers would take {many} for {what}; {MOST_BYTES / 1e9:.1f} GB are the limit")


def peak_bytes(model: ModelProto, shape: tuple[int, ...]) -> int | None:
    """Compute how many bytes of layers' outputs are held at a time, at most; None where the graph does not tell.

    An output is held until the last node that reads it; what is made of constants alone, for ever.
    """
    graph = model.graph
    if any(node.domain not in ("", "ai.onnx") or has_subgraph(node) for node in graph.node) or model.functions:
        return None
    shapes = value_shapes(model, shape)
    sizes = {
        name: int(np.prod([1, *sides], dtype=object)) * _item_bytes(kind) for name, (sides, kind) in shapes.items()
    }
    fed = {entry.name for entry in graph.input} - {tensor.name for tensor in graph.initializer}
    last = {name: number for number, node in enumerate(graph.node) for name in node.input}
    moving = set(fed)
    held, peak = 0, 0
    ending: dict[int, int] = {}
    for number, node in enumerate(graph.node):
        outputs = [name for name in node.output if name]
        if any(name not in sizes for name in outputs):
            return None
        moves = any(name in moving for name in node.input)
        for name in outputs:
            held += sizes[name]
            if moves:
                moving.add(name)
                ending[last.get(name, number)] = ending.get(last.get(name, number), 0) + sizes[name]
        peak = max(peak, held)
        held -= ending.pop(number, 0)
    return peak


def value_shapes(model: ModelProto, shape: tuple[int, ...]) -> dict[str, tuple[list[int], int]]:
    """Return the shape and the element type of each value that is told by an input of that shape."""
    # The weights stay out of it: only their shapes count, and they may be of hundreds of megabytes.
    bones = ModelProto(ir_version=model.ir_version, opset_import=model.opset_import)
    constants = {tensor.name for tensor in model.graph.initializer}
    for entry in model.graph.input:
        if entry.name not in constants:
            bones.graph.input.append(helper.make_tensor_value_info(entry.name, _kind(entry), shape))
    for tensor in model.graph.initializer:
        if np.prod(tensor.dims, dtype=np.float64) <= SMALL:
            bones.graph.initializer.append(tensor)
        else:
            bones.graph.input.append(helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims))
    for node in model.graph.node:
        value = node.attribute[0].t if node.op_type == "Constant" and node.attribute else None
        if value is None or np.prod(value.dims, dtype=np.float64) <= SMALL:
            bones.graph.node.append(node)
        else:
            bones.graph.input.append(helper.make_tensor_value_info(node.output[0], value.data_type, value.dims))
    bones.graph.output.extend(onnx.ValueInfoProto(name=entry.name) for entry in model.graph.output)
    told = infer_shapes(bones, data_prop=True).graph
    return dict(_known_shapes((*told.value_info, *told.output, *told.input)))


def _known_shapes(values: Iterable[onnx.ValueInfoProto]) -> Iterable[tuple[str, tuple[list[int], int]]]:
    for value in values:
        tensor = value.type.tensor_type
        if tensor.HasField("shape") and all(one.HasField("dim_value") for one in tensor.shape.dim):
            sides = [one.dim_value for one in tensor.shape.dim]
            if min(sides, default=0) >= 0:
                yield value.name, (sides, tensor.elem_type)


def _kind(entry: onnx.ValueInfoProto) -> int:
    """The element type of an input; float where it says none."""
    return entry.type.tensor_type.elem_type or TensorProto.FLOAT


def _item_bytes(kind: int) -> int:
    return 8 if kind in (TensorProto.DOUBLE, TensorProto.INT64, TensorProto.UINT64, TensorProto.STRING) else 4


def has_subgraph(node: onnx.NodeProto) -> bool:
    """Say whether a node holds graphs, as loops and branches do."""
    return any(one.HasField("g") or one.graphs for one in node.attribute)


def _try(model: ModelProto, shape: tuple[int, ...], name: str, what: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "network.onnx"
        onnx.save(model, file)
        most = TRIED_BYTES + 3 * file.stat().st_size
        constants = {tensor.name for tensor in model.graph.initializer}
        fed = next((_kind(entry) for entry in model.graph.input if entry.name not in constants), TensorProto.FLOAT)
        kind = helper.tensor_dtype_to_np_dtype(fed).name
        command = [sys.executable, "-c", TRY, str(file), ",".join(map(str, shape)), str(most), kind]
        try:
            done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=TRIED_S)
        except subprocess.TimeoutExpired:
            raise UserError(f"{name}: does not end within {TRIED_S} s for {what}") from None
    if done.returncode:
        said = (done.stderr.strip() or "it ended with the process").rpartition("\n")[2]
        raise UserError(f"{name}: fails, or takes more than {TRIED_BYTES >> 30} GB, for {what} ({said:.200})")
