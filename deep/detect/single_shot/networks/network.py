"""What a single-shot network is, how one is made by its name, and its weights on disk."""

from pathlib import Path

import torch
from torch import nn

from eigen2arc.core import plugins
from eigen2arc.core.errors import UserError
from eigen2arc.deep.detect.single_shot.anchors.scheme import Scheme
from eigen2arc.deep.weights_io import checkpoint
from eigen2arc.deep.weights_io.state_dict_file import read_state_dict

from .public_weights import layer_names, translate

#: What is taken off the red, green and blue pixels, 0..255, before a network sees them.
MEAN = (123.0, 117.0, 104.0)


class DetectorNetwork(nn.Module):
    """A torch Module from (B, 3, H, W) float32 RGB, 0..255 minus MEAN, of any size to heads.Predictions.

    detector : the plug-in that runs it, and is trained with it. scheme : what the predictions are about. One whose
    ``body`` torchvision knows under the same names can start from that one's weights.
    """

    detector: str
    scheme: Scheme


def plugin_name(variant: str) -> str:
    """Return the name of a variant's plug-in: its own without the dot, which a module cannot have in its name."""
    return variant.replace(".", "")


def make(variant: str, detector: str = "retinaface") -> DetectorNetwork:
    """Make a network with random weights. Raises UserError for a variant that there is not for this detector."""
    network: DetectorNetwork = plugins.build("detector_network", plugin_name(variant))
    if network.detector != detector:
        raise UserError(f"variant: {variant} is a network of the detector {network.detector}, not of {detector}")
    return network


def load(path: Path, variant: str, detector: str = "retinaface") -> DetectorNetwork:
    """Load a network in evaluation mode with the weights of a file trained here (.safetensors) or a public state dict.

    Raises UserError for a file that cannot be read, was made for another network, or holds NaN or infinity.
    """
    network = make(variant, detector)
    if path.suffix == ".safetensors":
        tensors, metadata = checkpoint.load(path)
        made_for = str(metadata.get("variant", "none"))
        if plugin_name(made_for) != plugin_name(variant):
            raise UserError(f"{path}: expected weights of the variant {variant}, got {made_for}")
    elif names := layer_names(plugin_name(variant)):
        tensors = translate(read_state_dict(path), names, network)
    else:
        raise UserError(f"{path}: expected a .safetensors file trained here; others' weights of {variant} do not fit")
    checkpoint.load_into(network, tensors, str(path))
    for name, tensor in network.state_dict().items():
        if not torch.isfinite(tensor).all():
            raise UserError(f"{path}: {name} has values that are not finite")
    return network.eval()
