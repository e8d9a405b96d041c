"""State dicts of the public PyTorch models, read as weights of the networks here.

The models are those of "Face-Detector-1MB-with-landmark" (mobilenet0.25, slim, rfb) and "Pytorch_Retinaface"
(mobilenet0.25_leaky, resnet50), both MIT licence. Their layers have other names there, mostly numbers, and their images
blue first.
"""

from collections.abc import Mapping

from torch import Tensor, nn

Names = dict[str, str]


def translate(state: Mapping[str, Tensor], names: Names, network: nn.Module) -> dict[str, Tensor]:
    """Translate a public state dict to our names, red first. A name that is not known stays as it is.

    names : layer_names() of the ``network``.
    """
    ours = {}
    for key, tensor in state.items():
        layer, _, part = key.rpartition(".")
        ours[f"{names.get(layer, layer)}.{part}"] = tensor
    for name, module in network.named_modules():
        first = f"{name}.weight"
        if isinstance(module, nn.Conv2d) and module.in_channels == 3 and first in ours and ours[first].ndim == 4:
            ours[first] = ours[first].flip(1)
    return ours


def layer_names(network: str) -> Names:
    """Map their layers' names to ours; one that is not named is called the same.

    network : the plug-in's name. Empty for one that has no public weights.
    """
    match network:
        case "mobilenet025" | "mobilenet025_leaky":
            return _mobilenet025() | _retinaface()
        case "resnet50":
            return _retinaface()  # its body has torchvision's names, here and there
        case "slim":
            return _slim()
        case "rfb":
            shared = {theirs: ours for theirs, ours in _slim().items() if not theirs.startswith("conv8.")}
            return shared | _receptive_field_block("conv8", "stride8.7")
    return {}


def _mobilenet025() -> Names:
    names = _convolution("body.stage1.0", "body.stride8.0")
    for stage, ours, layers in (
        ("stage1", "stride8", range(1, 6)),
        ("stage2", "stride16", range(6)),
        ("stage3", "stride32", range(2)),
    ):
        for layer in layers:
            names |= _separable(f"body.{stage}.{layer}", f"body.{ours}.{layer}")
    return names


def _retinaface() -> Names:
    names: Names = {}
    for level in range(3):
        names |= _convolution(f"fpn.output{level + 1}", f"pyramid.lateral.{level}")
        theirs, ours = f"ssh{level + 1}", f"contexts.{level}"
        names |= _convolution(f"{theirs}.conv3X3", f"{ours}.window3")
        names |= _convolution(f"{theirs}.conv5X5_1", f"{ours}.first3")
        names |= _convolution(f"{theirs}.conv5X5_2", f"{ours}.window5")
        names |= _convolution(f"{theirs}.conv7X7_2", f"{ours}.second3")
        names |= _convolution(f"{theirs}.conv7x7_3", f"{ours}.window7")
        for head, part in (("ClassHead", "logits"), ("BboxHead", "boxes"), ("LandmarkHead", "points")):
            names[f"{head}.{level}.conv1x1"] = f"heads.{level}.{part}"
    for level in range(2):
        names |= _convolution(f"fpn.merge{level + 1}", f"pyramid.smooth.{level}")
    return names


def _slim() -> Names:
    names = _convolution("conv1", "stride8.0")
    stages = [f"stride8.{n}" for n in range(1, 8)] + [f"stride16.{n}" for n in range(3)]
    stages += [f"stride32.{n}" for n in range(2)]
    for number, ours in enumerate(stages, start=2):
        names |= _separable(f"conv{number}", ours)
    names |= {"conv14.0": "stride64.narrow.conv"} | _plain_separable("conv14.2", "stride64.widen")
    for head, part in (("conf", "logits"), ("loc", "boxes"), ("landm", "points")):
        for level in range(3):
            names |= _plain_separable(f"{head}.{level}", f"heads.{level}.{part}")
        names[f"{head}.3"] = f"heads.3.{part}"
    return names


def _receptive_field_block(theirs: str, ours: str) -> Names:
    names: Names = {}
    layers = {f"{theirs}.ConvLinear": f"{ours}.merge", f"{theirs}.shortcut": f"{ours}.shortcut"}
    for number, (branch, grown) in enumerate((("near", 1), ("middle", 1), ("far", 2))):
        parts = ["narrow", *(f"grow{n}" for n in range(grown)), "dilated"]
        layers |= {f"{theirs}.branch{number}.{n}": f"{ours}.{branch}.{part}" for n, part in enumerate(parts)}
    for layer, name in layers.items():
        names |= {f"{layer}.conv": f"{name}.conv", f"{layer}.bn": f"{name}.norm"}
    return names


def _convolution(theirs: str, ours: str) -> Names:
    return {f"{theirs}.0": f"{ours}.conv", f"{theirs}.1": f"{ours}.norm"}


def _separable(theirs: str, ours: str) -> Names:
    # Number 2 is the activation between them.
    return _convolution(theirs, f"{ours}.depthwise") | {
        f"{theirs}.3": f"{ours}.pointwise.conv",
        f"{theirs}.4": f"{ours}.pointwise.norm",
    }


def _plain_separable(theirs: str, ours: str) -> Names:
    return {f"{theirs}.0": f"{ours}.depthwise.conv", f"{theirs}.2": f"{ours}.pointwise.conv"}
