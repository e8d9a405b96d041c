"""ONNX Runtime's session for a network: on one thread, quiet, on the device that was asked for."""

import re

import onnxruntime as ort
from onnx import ModelProto

from eigen2arc.core.errors import UserError

#: What ONNX Runtime says, after much else, of files that are newer than it is.
TOO_NEW = {
    "opset": re.compile(r"official support for domain ai\.onnx is till opset (\d+)"),
    "IR version": re.compile(r"max supported IR version: (\d+)"),
}


def open_session(network: ModelProto, device: str) -> ort.InferenceSession:
    """Open a session of a network. device : "auto", "cpu" or "cuda"; raises UserError where there is no such one.

    It raises ONNX Runtime's exceptions, which have no base class but Exception, for a network that cannot be run, and
    ValueError for one that is newer than ONNX Runtime.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4  # fatal ones only: errors are raised, and said in one line
    providers = _providers(device)
    try:
        return ort.InferenceSession(network.SerializeToString(), options, providers=providers)
    except Exception as error:
        for what, pattern in TOO_NEW.items():
            if found := pattern.search(str(error)):
                of_file = network.ir_version
                if what == "opset":
                    of_file = max(one.version for one in network.opset_import if one.domain in ("", "ai.onnx"))
                newest = f"its {what} is {of_file}, and ONNX Runtime {ort.__version__} knows up to {found[1]}"
                raise ValueError(
                    f"{newest}: install a newer one, or export the network with an older {what}"
                ) from error
        raise


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
