"""Weights that others trained with torch, taken over into our backbones and our range of pixels.

What their files hold beside the network, and under which words they hold it ("net_state_dict", "module.", "model."), is
of no account: the network is where its first and its last tensor are.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from eigen2arc.core import plugins
from eigen2arc.core.artefacts import file_digest
from eigen2arc.core.errors import UserError, parsing
from eigen2arc.deep.encode.backbones import iresnet, mobilefacenet
from eigen2arc.deep.encode.network.backbone import Backbone
from eigen2arc.deep.weights_io import checkpoint
from eigen2arc.deep.weights_io.state_dict_file import named_keys, read_tensors

#: InsightFace's networks see (pixel / 255 - 0.5) / 0.5 = (pixel - 127.5) / 127.5, ours (pixel - 127.5) / 128. The first
#: convolution has no bias and is padded with 0 in both ranges, so that this factor on its weights is exact.
RANGE = 128 / 127.5

#: A count that networks carry and do not use, and that files of before torch 1.0 lack.
COUNT = "num_batches_tracked"


@dataclass(frozen=True)
class Origin:
    """How the layers of a backbone of ours are called in somebody's files.

    name : our key to theirs. first : our key of the first convolution's weights. last : their key of a weight for each
    number of the vector. settings : the backbone's, read off the tensors; Raises UserError for those that ours has not.
    factor : on the first convolution's weights, for another range of pixels. blue_first : whether the network sees blue
    first, so that the first convolution's colours are turned. heads : how the names of tensors begin that belong to the
    training alone.
    """

    title: str
    backbone: str
    name: Callable[[str], str]
    first: str
    last: str
    settings: Callable[[Mapping[str, Tensor]], dict[str, Any]]
    factor: float = RANGE
    blue_first: bool = False
    heads: tuple[str, ...] = ()


@dataclass(frozen=True)
class Imported:
    """What came out of a file.

    network : in evaluation mode. took : under which words the network's tensors stood, "" for none. left : what else
    the file holds, in words.
    """

    network: Backbone
    origin: Origin
    took: str
    left: list[str] = field(default_factory=list)


#: Bottlenecks of MobileFaceNet's Table 1 by stage: the first stands alone where it halves the map, the rest are listed.
_REPEATS = ((2, 0), (3, 4), (4, 0), (5, 6), (6, 0), (7, 2))

#: InsightFace's names of the bottlenecks, in the order of our layers.
_BOTTLENECKS = [
    f"layers.{stage}" if not repeats else f"layers.{stage}.layers.{i}"
    for stage, repeats in _REPEATS
    for i in range(repeats or 1)
]

#: InsightFace_Pytorch's.
_CONV_STAGES = (("conv_23", 0), ("conv_3", 4), ("conv_34", 0), ("conv_4", 6), ("conv_45", 0), ("conv_5", 2))
_CONV_BOTTLENECKS = [
    stage if not repeats else f"{stage}.model.{i}" for stage, repeats in _CONV_STAGES for i in range(repeats or 1)
]

#: A layer of a convolution's three in our order.
_PARTS = ("conv", "bn", "prelu")


def _iresnet_name(key: str) -> str:
    """Our IResNet's layers are named as InsightFace's."""
    return key


def _mobilefacenet_name(key: str) -> str:
    """InsightFace's key, get_mbf's, for one of our MobileFaceNet's state dict, such as "layers.2.block.0.1.bias"."""
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


def _conv_named(key: str) -> str:
    """InsightFace_Pytorch's key (TreB1eN) for one of our MobileFaceNet's."""
    index, rest = int(key.split(".")[1]), key.split(".")[2:]
    if 2 <= index < 2 + len(_CONV_BOTTLENECKS):
        _block, part, layer, tensor = rest
        step = ("conv", "conv_dw", "project")[int(part)]
        return f"{_CONV_BOTTLENECKS[index - 2]}.{step}.{_PARTS[int(layer)]}.{tensor}"
    layer, tensor = rest
    last = index - 2 - len(_CONV_BOTTLENECKS)
    if last == 2:
        return f"{('linear', 'bn')[int(layer)]}.{tensor}"
    block = ("conv1", "conv2_dw")[index] if index < 2 else ("conv_6_sep", "conv_6_dw")[last]
    return f"{block}.{_PARTS[int(layer)]}.{tensor}"


def _block_named(key: str) -> str:
    """Face_Pytorch's key (wujiyang) for one of our MobileFaceNet's."""
    index, rest = int(key.split(".")[1]), key.split(".")[2:]
    if 2 <= index < 17:
        _block, part, layer, tensor = rest
        return f"blocks.{index - 2}.conv.{3 * int(part) + int(layer)}.{tensor}"
    layer, tensor = rest
    block = ("conv1", "dw_conv1")[index] if index < 2 else ("conv2", "linear7", "linear1")[index - 17]
    return f"{block}.{_PARTS[int(layer)]}.{tensor}"


def _facenet_name(key: str) -> str:
    """Our Inception-ResNet holds facenet-pytorch's network."""
    return key.removeprefix("network.")


def _iresnet_settings(state: Mapping[str, Tensor]) -> dict[str, Any]:
    blocks = tuple(
        len({key.split(".")[1] for key in state if key.startswith(f"layer{stage}.")}) for stage in range(1, 5)
    )
    layers = next((number for number, ours in iresnet.STAGES.items() if ours == blocks), None)
    if layers is None:
        known = ", ".join(map(str, iresnet.STAGES))
        raise UserError(f"its stages have {', '.join(map(str, blocks))} blocks; those known have {known} layers in all")
    side = round((state["fc.weight"].shape[1] / iresnet.CHANNELS[-1]) ** 0.5)
    return {"layers": layers, "size_px": side * iresnet.STRIDE}


def _mobilefacenet_settings(last_map: str, **settings: int) -> Callable[[Mapping[str, Tensor]], dict[str, Any]]:
    """Settings of a MobileFaceNet; last_map : the key of the convolution over the last map, as large as that."""

    def read(state: Mapping[str, Tensor]) -> dict[str, Any]:
        sides = tuple(state[last_map].shape[2:]) if last_map in state else (7, 7)
        if len(set(sides)) != 1:
            shape = " x ".join(str(mobilefacenet.STRIDE * side) for side in sides)
            raise UserError(f"takes crops of {shape} pixels, and ours are square: make it ONNX, for the encoder onnx")
        return {"size_px": mobilefacenet.STRIDE * sides[0], **settings}

    return read


def _facenet_settings(state: Mapping[str, Tensor]) -> dict[str, Any]:
    return {"size_px": 160}


ORIGINS = (
    Origin("InsightFace's IResNet", "iresnet", _iresnet_name, "conv1.weight", "features.weight", _iresnet_settings),
    Origin(
        "InsightFace's MobileFaceNet",
        "mobilefacenet",
        _mobilefacenet_name,
        "layers.0.0.weight",
        "features.layers.3.weight",
        _mobilefacenet_settings("features.layers.0.layers.0.weight", trunk=2),
    ),
    Origin(
        "InsightFace_Pytorch's MobileFaceNet",
        "mobilefacenet",
        _conv_named,
        "layers.0.0.weight",
        "bn.weight",
        _mobilefacenet_settings("conv_6_dw.conv.weight"),
        blue_first=True,  # images are decoded by OpenCV, and stored as if they were RGB (data/data_pipe.py)
    ),
    Origin(
        "Face_Pytorch's MobileFaceNet",
        "mobilefacenet",
        _block_named,
        "layers.0.0.weight",
        "linear1.bn.weight",
        _mobilefacenet_settings("linear7.conv.weight"),
        blue_first=True,  # images are OpenCV's (dataset/casia_webface.py)
    ),
    Origin(
        "facenet-pytorch's Inception-ResNet",
        "inception_resnet",
        _facenet_name,
        "network.conv2d_1a.conv.weight",
        "last_bn.weight",
        _facenet_settings,
        factor=1.0,
        heads=("logits.",),
    ),
)


def import_weights(path: Path, backbone: str, settings: Mapping[str, Any], out: Path, command: str = "") -> Imported:
    """Read what torch.save wrote; write the weights of its network for the encoder `embedding` to ``out``.

    backbone : ours, whose origins the file is searched for; "" for all. settings : the backbone's, such as
    {"dropout": 0.4}; what the file tells need not be given. Raises UserError for a file without such a network.
    """
    known = sorted({origin.backbone for origin in ORIGINS})
    if backbone and backbone not in known:
        raise UserError(f"weights of {backbone} cannot be imported: choose one of {', '.join(known)}")
    if out.suffix != ".safetensors":
        raise UserError(f"{out}: weights are written as .safetensors; give the file that ending")
    tensors, others = read_tensors(path)
    origin, took = _find([one for one in ORIGINS if backbone in ("", one.backbone)], tensors, path)
    state = {name.removeprefix(took): tensor for name, tensor in tensors.items() if name.startswith(took)}
    state = {name: tensor for name, tensor in state.items() if not name.startswith(origin.heads or ("\0",))}
    size = state[origin.last].numel()
    with parsing(path, f"is not {origin.title}, whose names it has"):
        try:
            chosen = {**origin.settings(state), **settings}
        except UserError as error:
            raise UserError(f"{path}: {origin.title}: {error}") from error
    made: Backbone = plugins.build("backbone", origin.backbone, embedding_size=size, **chosen)
    checkpoint.load_into(made, _renamed(state, made, origin, path), str(path))
    weights = made.state_dict()
    for key, tensor in weights.items():
        if not torch.isfinite(tensor).all():
            raise UserError(f"{path}: {origin.name(key)} has values that are not finite")
    weights[origin.first] *= origin.factor
    if origin.blue_first:
        weights[origin.first] = weights[origin.first].flip(1)
    metadata = {"backbone": origin.backbone, "backbone_settings": chosen, "embedding_size": size}
    source = {"file": path.name, "sha256": file_digest(path), "network": origin.title}
    checkpoint.save(out, weights, {"settings": metadata, "imported_from": source, "command": command})
    used = {took + name for name in state}
    groups = Counter(name.partition(".")[0] if not took else _group(name, took) for name in tensors if name not in used)
    left = [f"{name} ({count} tensor{'s' if count > 1 else ''})" for name, count in groups.items()]
    return Imported(made.eval(), origin, took, left + others)


def _find(origins: list[Origin], tensors: Mapping[str, Tensor], path: Path) -> tuple[Origin, str]:
    """The origin of a file's network, and what stands before all its names; of several the first in the file."""
    for name in tensors:
        for origin in origins:
            first = origin.name(origin.first)
            if name == first or name.endswith(f".{first}"):
                took = name.removesuffix(first)
                if took + origin.last in tensors:
                    return origin, took
    expected = "; ".join(f"{origin.title}: {_names_of(origin)}" for origin in origins)
    raise UserError(f"{path}: holds no network that is known. Found {named_keys(tensors)}; expected {expected}")


def _names_of(origin: Origin) -> str:
    """The names by which a file of this origin is known."""
    return f"{origin.name(origin.first)} and {origin.last}"


def _group(name: str, took: str) -> str:
    """The part of a name that says what it belongs to, beside the network's."""
    root = took.partition(".")[0]
    parts = name.split(".")
    return ".".join(parts[:2]) if parts[0] == root and len(parts) > 2 else parts[0]


def _renamed(state: Mapping[str, Tensor], backbone: Backbone, origin: Origin, path: Path) -> dict[str, Tensor]:
    """Their tensors under our keys; a linear layer's matrix becomes our 1x1 convolution's."""
    wanted = backbone.state_dict()
    ours = {origin.name(key): key for key in wanted}
    counts = {name: torch.zeros((), dtype=torch.int64) for name in ours if name.endswith(COUNT) and name not in state}
    given = {**state, **counts}
    if differing := checkpoint.differing_keys(ours, given):
        advice = "was it made for another network, or with other settings?"
        raise UserError(f"{path}: as {origin.title}: {differing}; {advice}")
    return {
        key: given[name][..., None, None] if (given[name].ndim, wanted[key].ndim) == (2, 4) else given[name]
        for name, key in ours.items()
    }
