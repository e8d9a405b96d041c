"""ONNX Runtime's session for a network: on one thread, quiet, on the device that was asked for."""

import onnxruntime as ort
from onnx import ModelProto

from eigen2arc.core.errors import UserError


def open_session(network: ModelProto, device: str) -> ort.InferenceSession:
    """Open a session of a network. device : "auto", "cpu" or "cuda"; raises UserError where there is no such one.

    It raises ONNX Runtime's exceptions, which have no base class but Exception, for a network that cannot be run.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4  # fatal ones only: errors are raised, and said in one line
    return ort.InferenceSession(network.SerializeToString(), options, providers=_providers(device))


def _providers(device: str) -> list[str]:
    """ONNX Runtime's words for a device setting; its GPU build is a package of its own, whatever torch finds."""
    there = ort.get_available_providers()
    if device == "auto":
        device = "cuda" if "CUDAExecutionProvider" in there else "cpu"
    if device == "cpu":
        return ["CPUExecutionProvider"]
    if "CUDAExecutionProvider" not in there:
        raise UserError("device: the installed ONNX Runtime has no CUDA; take cpu, or install onnxruntime-gpu")
    return ["CUDAExecutionProvider", "CPUExecutionProvider"]
