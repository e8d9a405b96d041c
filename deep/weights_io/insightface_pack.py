"""InsightFace's packs of models, folders as "buffalo_l": which of the .onnx files finds faces, and which compares them.

The packs name their files differently; what each network is for is told by its inputs and outputs, by the rules of
insightface's python-package/insightface/model_zoo/model_zoo.py.
"""

from pathlib import Path
from typing import Literal

import onnx

from eigen2arc.core.errors import UserError, parsing


def find_network(folder: Path, task: Literal["detection", "recognition"]) -> Path:
    """Find the network of a pack for a task. Raises UserError where there is none, or more than one."""
    files = sorted(folder.glob("*.onnx"))
    found = [file for file in files if _task(file) == task]
    if len(found) != 1:
        among = ", ".join(file.name for file in found or files) or "no .onnx file at all"
        raise UserError(f"{folder}: expected one network for {task}, got {among}: name the file itself")
    return found[0]


def _task(file: Path) -> str:
    with parsing(file, "cannot be used", "Is it an ONNX file?"):
        graph = onnx.load(file, load_external_data=False).graph
    constants = {tensor.name for tensor in graph.initializer}
    fed = [one for one in graph.input if one.name not in constants]
    if len(graph.output) >= 5:
        return "detection"
    sides = [one.dim_value for one in fed[0].type.tensor_type.shape.dim][2:] if len(fed) == 1 else []
    # The others' networks see 96 (age and sex) and 192 pixels (landmarks).
    square = len(sides) == 2 and sides[0] == sides[1] != 192
    return "recognition" if square and sides[0] >= 112 and sides[0] % 16 == 0 else ""
