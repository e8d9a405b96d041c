"""The networks by name, and their weights on disk."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import torch

from eigen2arc.core.errors import UserError
from eigen2arc.deep import checkpoint
from eigen2arc.deep.state_dict_file import read_state_dict

from .public_weights import translate
from .retinaface import RetinaFace, retinaface_mobilenet025, retinaface_mobilenet025_leaky, retinaface_resnet50
from .rfb import rfb
from .slim import Slim

#: What is taken off the red, green and blue pixels, 0..255, before a network sees them.
MEAN = (123.0, 117.0, 104.0)

#: Both give Predictions, and have the ``levels`` of their anchors.
Network: TypeAlias = RetinaFace | Slim

#: Name -> a network with random weights.
VARIANTS: dict[str, Callable[[], Network]] = {
    "mobilenet0.25": retinaface_mobilenet025,
    "mobilenet0.25_leaky": retinaface_mobilenet025_leaky,
    "resnet50": retinaface_resnet50,
    "slim": Slim,
    "rfb": rfb,
}


def make(variant: str) -> Network:
    """A network with random weights. Raises UserError for a name that is not in VARIANTS."""
    if variant not in VARIANTS:
        raise UserError(f"variant: expected one of {', '.join(VARIANTS)}, got {variant!r}")
    return VARIANTS[variant]()


def load(path: Path, variant: str) -> Network:
    """A network in evaluation mode with the weights of a file: trained here (.safetensors), or a public state dict.

    Raises UserError for a file that cannot be read, was made for another network, or holds NaN or infinity.
    """
    network = make(variant)
    if path.suffix == ".safetensors":
        tensors, facts = checkpoint.load(path)
        if facts.get("variant") != variant:
            raise UserError(f"{path}: expected weights of the variant {variant}, got {facts.get('variant', 'none')}")
    else:
        tensors = translate(read_state_dict(path), variant, network)
    checkpoint.load_into(network, tensors, str(path))
    for name, tensor in network.state_dict().items():
        if not torch.isfinite(tensor).all():
            raise UserError(f"{path}: {name} has values that are not finite")
    return network.eval()
