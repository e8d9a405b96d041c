"""The networks by name, and their weights on disk."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import torch

from eigen2arc.core.errors import UserError
from eigen2arc.deep.weights_io import checkpoint
from eigen2arc.deep.weights_io.state_dict_file import read_state_dict

from .densebox import DenseBox
from .public_weights import translate
from .retinaface import RetinaFace, retinaface_mobilenet025, retinaface_mobilenet025_leaky, retinaface_resnet50
from .rfb import rfb
from .slim import Slim
from .ssh import Ssh, ssh, ssh025

#: What is taken off the red, green and blue pixels, 0..255, before a network sees them.
MEAN = (123.0, 117.0, 104.0)

#: All give Predictions, and have the ``scheme`` that says what these are about.
Network: TypeAlias = RetinaFace | Slim | Ssh | DenseBox

#: Detector -> variant -> a network with random weights.
NETWORKS: dict[str, dict[str, Callable[[], Network]]] = {
    "retinaface": {
        "mobilenet0.25": retinaface_mobilenet025,
        "mobilenet0.25_leaky": retinaface_mobilenet025_leaky,
        "resnet50": retinaface_resnet50,
        "slim": Slim,
        "rfb": rfb,
    },
    "ssh": {"ssh": ssh, "ssh0.25": ssh025},
    "densebox": {"densebox": DenseBox},
}


def make(variant: str, detector: str = "retinaface") -> Network:
    """Make a network with random weights. Raises UserError for a variant that is not in NETWORKS."""
    variants = NETWORKS[detector]
    if variant not in variants:
        raise UserError(f"variant: expected one of {', '.join(variants)}, got {variant!r}")
    return variants[variant]()


def load(path: Path, variant: str, detector: str = "retinaface") -> Network:
    """Load a network in evaluation mode with the weights of a file trained here (.safetensors) or a public state dict.

    Raises UserError for a file that cannot be read, was made for another network, or holds NaN or infinity.
    """
    network = make(variant, detector)
    if path.suffix == ".safetensors":
        tensors, metadata = checkpoint.load(path)
        if metadata.get("variant") != variant:
            raise UserError(f"{path}: expected weights of the variant {variant}, got {metadata.get('variant', 'none')}")
    elif detector == "retinaface":
        tensors = translate(read_state_dict(path), variant, network)
    else:
        raise UserError(f"{path}: expected a .safetensors file trained here; others' weights of {detector} do not fit")
    checkpoint.load_into(network, tensors, str(path))
    for name, tensor in network.state_dict().items():
        if not torch.isfinite(tensor).all():
            raise UserError(f"{path}: {name} has values that are not finite")
    return network.eval()
