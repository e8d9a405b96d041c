"""An ONNX network read from a file, with the weights beside it; a line says what another file is."""

from pathlib import Path

import onnx
from onnx import ModelProto

from eigen2arc.core.errors import UserError, parsing

#: How files begin that people have under the name of a network: a page of a web site in place of the download, and
#: what git leaves of a large file that was not fetched.
NO_NETWORKS = {
    b"<!doctype": "is a web page, no network: download the file itself",
    b"<html": "is a web page, no network: download the file itself",
    b"version https://git-lfs": "only points to the network, as git lfs leaves it: fetch the file itself",
}


def read_network(path: Path) -> ModelProto:
    """Read a network, whose weights may lie in files beside it. Raises UserError, which names the file."""
    advice = "Is it an ONNX file?"
    with parsing(path, "cannot be read as a network", advice):
        with path.open("rb") as file:
            begin = file.read(64).lstrip().lower()
        for words, what in NO_NETWORKS.items():
            if begin.startswith(words):
                raise UserError(f"{path}: {what}")
        network = onnx.load(path, load_external_data=False)
        if not network.graph.node:
            raise ValueError("it is empty")
    entries = [entry for tensor in network.graph.initializer for entry in tensor.external_data]
    beside = {entry.value for entry in entries if entry.key == "location"}
    for name in sorted(beside):
        if not (path.parent / name).is_file():
            raise UserError(f"{path}: its weights are in a file of their own, {name:.100}, which is not beside it")
    with parsing(path, "its weights, in files beside it, cannot be read"):
        onnx.load_external_data_for_model(network, str(path.parent))
    return network
