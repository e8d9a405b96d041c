"""Weights of InsightFace's arcface_torch, taken over into our backbones and our range of pixels."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from eigen2arc.core import plugins
from eigen2arc.core.artefacts import file_digest
from eigen2arc.core.errors import UserError
from eigen2arc.deep.encode.network.backbone import Backbone
from eigen2arc.deep.weights_io import checkpoint
from eigen2arc.deep.weights_io.state_dict_file import named_keys, read_state_dict

#: Their networks see (pixel / 255 - 0.5) / 0.5 = (pixel - 127.5) / 127.5, ours (pixel - 127.5) / 128. The first
#: convolution has no bias and is padded with 0 in both ranges, so that this factor on its weights is exact.
RANGE = 128 / 127.5


@dataclass(frozen=True)
class Origin:
    """How the layers of a backbone of ours are called in their files.

    name : our key to theirs. first : our key of the first convolution's weights. last : their key of a weight for
    each number of the vector. settings : those of the network they publish, where they are not our defaults.
    """

    name: Callable[[str], str]
    first: str
    last: str
    settings: Mapping[str, Any]


#: Bottlenecks of MobileFaceNet's Table 1 by stage: the first stands alone where it halves the map, the rest are listed.
_REPEATS = ((2, 0), (3, 4), (4, 0), (5, 6), (6, 0), (7, 2))

#: Their names of the bottlenecks, in the order of our layers.
_BOTTLENECKS = [
    f"layers.{stage}" if not repeats else f"layers.{stage}.layers.{i}"
    for stage, repeats in _REPEATS
    for i in range(repeats or 1)
]


def _iresnet_name(key: str) -> str:
    """Our IResNet's layers are named as theirs."""
    return key


def _mobilefacenet_name(key: str) -> str:
    """The key of theirs, get_mbf's, for one of our MobileFaceNet's state dict, such as "layers.2.block.0.1.bias"."""
    index, rest = int(key.split(".")[1]), key.split(".")[2:]
    if index < 2:  # the stem: convolution, normalisation, PReLU
        return ".".join([f"layers.{index}.layers", *rest])
    if (i := index - 2) < len(_BOTTLENECKS):
        _block, part, layer, tensor = rest
        return f"{_BOTTLENECKS[i]}.layers.{part}.layers.{layer}.{tensor}"
    layer, tensor = rest
    last = index - 2 - len(_BOTTLENECKS)
    if last == 2:  # a linear layer and its normalisation, behind their flattening
        return f"features.layers.{2 + int(layer)}.{tensor}"
    return f"{('conv_sep', 'features.layers.0')[last]}.layers.{layer}.{tensor}"


ORIGINS = {
    "iresnet": Origin(_iresnet_name, "conv1.weight", "features.weight", {}),
    "mobilefacenet": Origin(_mobilefacenet_name, "layers.0.0.weight", "features.layers.3.weight", {"trunk": 2}),
}


def import_weights(path: Path, backbone: str, settings: Mapping[str, Any], out: Path, command: str = "") -> Backbone:
    """Read a state dict written by torch.save; write its weights for the encoder `embedding` to ``out``.

    settings : the backbone's, such as {"layers": 50}; its embedding_size is read from the file.
    Returns the backbone, in evaluation mode. Raises UserError for a file that is not of exactly this network.
    """
    if backbone not in ORIGINS:
        raise UserError(f"weights of {backbone} cannot be imported: choose one of {', '.join(ORIGINS)}")
    if out.suffix != ".safetensors":
        raise UserError(f"{out}: weights are written as .safetensors; give the file that ending")
    origin = ORIGINS[backbone]
    state = read_state_dict(path)
    if origin.last not in state:
        raise UserError(
            f"{path}: is not InsightFace's {backbone}: it lacks {origin.last}, expected are names as "
            f"{_name_of(origin, backbone)}; found {named_keys(state) or 'none'}"
        )
    size = state[origin.last].numel()
    chosen = {**origin.settings, **settings}
    made: Backbone = plugins.build("backbone", backbone, embedding_size=size, **chosen)
    checkpoint.load_into(made, _renamed(state, made, origin, path), str(path))
    weights = made.state_dict()
    for key, tensor in weights.items():
        if not torch.isfinite(tensor).all():
            raise UserError(f"{path}: {origin.name(key)} has values that are not finite")
    weights[origin.first] *= RANGE
    metadata = {"backbone": backbone, "backbone_settings": chosen, "embedding_size": size}
    source = {"file": path.name, "sha256": file_digest(path)}
    checkpoint.save(out, weights, {"settings": metadata, "imported_from": source, "command": command})
    return made.eval()


def _name_of(origin: Origin, backbone: str) -> str:
    """The first names that a file of this origin has."""
    with torch.device("meta"):
        made: Backbone = plugins.build("backbone", backbone, **origin.settings)
    return named_keys(map(origin.name, made.state_dict()))


def _renamed(state: Mapping[str, Tensor], backbone: Backbone, origin: Origin, path: Path) -> dict[str, Tensor]:
    """Their tensors under our keys; a linear layer's matrix becomes our 1x1 convolution's."""
    ours = {origin.name(key): key for key in backbone.state_dict()}
    if differing := checkpoint.differing_keys(ours, state):
        raise UserError(f"{path}: {differing}; was it made for another network, or with other settings?")
    wanted = backbone.state_dict()
    return {
        key: state[name][..., None, None] if (state[name].ndim, wanted[key].ndim) == (2, 4) else state[name]
        for name, key in ours.items()
    }
