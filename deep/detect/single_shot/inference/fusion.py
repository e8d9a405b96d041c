"""A trained network made ready to run: fewer operations with the same results.

A batch normalisation in evaluation mode is a factor and a summand per channel, and so part of the convolution before
it. The three 1 x 1 convolutions of a head are one. On a CPU, oneDNN also applies the activation while a result is still
in a register, and takes the weights in an order of its own.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from eigen2arc.deep.detect.single_shot.networks.blocks import Convolution
from eigen2arc.deep.detect.single_shot.networks.heads import WIDTHS, Head, Predictions, flatten_anchors

#: Height and width of the image for whose maps oneDNN arranges the weights. For maps of other sizes it may have to
#: rearrange some of them each time.
TYPICAL_SIZE = (480, 640)

#: Just below what glibc keeps at the very most (32 MiB).
KEPT_BYTES = 31 << 20


def fuse(network: nn.Module, device: torch.device) -> nn.Module:
    """Fuse a network's layers, in place, in evaluation mode on the device; it cannot be trained or saved any more.

    network : takes (B, 3, H, W) images. Expects them with the colours last in memory (torch.channels_last), and is
    slower with others.
    """
    network.eval().requires_grad_(False)
    _fold_normalisations(network)
    _merge_heads(network)
    network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # unknown to its annotations
    if device.type == "cpu" and torch.backends.mkldnn.is_available():
        _pack_convolutions(network)
        with torch.inference_mode():
            network(torch.zeros(1, 3, *TYPICAL_SIZE).contiguous(memory_format=torch.channels_last))
        _keep_memory()
    return network


def _fold_normalisations(module: nn.Module) -> None:
    """In all the networks a normalisation that is listed right after a convolution is also applied right after it."""
    before, before_name = None, ""
    for name, child in list(module.named_children()):
        if isinstance(child, nn.BatchNorm2d) and isinstance(before, nn.Conv2d):
            setattr(module, before_name, fuse_conv_bn_eval(before, child))
            setattr(module, name, nn.Identity())
        _fold_normalisations(child)
        before, before_name = child, name


def _merge_heads(module: nn.Module) -> None:
    for name, child in list(module.named_children()):
        if isinstance(child, Head) and getattr(child.logits, "kernel_size", None) == (1, 1):
            setattr(module, name, MergedHead(child.logits, child.boxes, child.points))
        else:
            _merge_heads(child)


class MergedHead(nn.Module):
    """Three like convolutions as one, whose channels are in the order in which they are read: anchor by anchor."""

    def __init__(self, *convs: Any) -> None:
        super().__init__()
        self.conv = convs[0]
        for part in ("weight", "bias"):
            values = [getattr(conv, part) for conv in convs]
            per_anchor = [value.unflatten(0, (-1, width)) for value, width in zip(values, WIDTHS, strict=True)]
            setattr(self.conv, part, nn.Parameter(torch.cat(per_anchor, dim=1).flatten(0, 1), requires_grad=False))

    def forward(self, x: Tensor) -> Predictions:
        return Predictions(*flatten_anchors(self.conv(x), sum(WIDTHS)).split(WIDTHS, dim=2))


def _pack_convolutions(module: nn.Module) -> None:
    for name, child in list(module.named_children()):
        if isinstance(child, Convolution):
            setattr(module, name, PackedConvolution(child.conv, child.slope))
        elif isinstance(child, nn.Conv2d):
            setattr(module, name, PackedConvolution(child, None))
        else:
            _pack_convolutions(child)


class PackedConvolution(nn.Module):
    """A convolution and its activation (slope as in blocks.Convolution) as one call of oneDNN.

    The two operators are those that torch's own compiler puts in place of a convolution. The weights are arranged for
    maps of the size that comes first.
    """

    def __init__(self, conv: nn.Conv2d, slope: float | None) -> None:
        super().__init__()
        self.plain = conv
        self.activation = ("none" if slope is None else "leaky_relu" if slope else "relu", [slope] if slope else [], "")
        self.arguments: tuple[Any, ...] | None = None

    def forward(self, x: Tensor) -> Tensor:
        if self.arguments is None:
            conv = self.plain
            geometry = (conv.padding, conv.stride, conv.dilation, conv.groups)
            weight = torch.ops.mkldnn._reorder_convolution_weight(conv.weight, *geometry, list(x.shape))
            self.arguments = (weight, conv.bias, *geometry, *self.activation)
        return torch.ops.mkldnn._convolution_pointwise(x, *self.arguments)


def _keep_memory() -> None:
    """Have the C library keep the maps' memory for the next image, instead of giving it back to the system.

    glibc gives back at once what is as large as a VGAn image's first maps, until it sees something larger come and go;
    then getting it again, page by page, takes as long as a large part of the network. Nothing is written here, and so
    no memory is really taken.
    """
    torch.empty(KEPT_BYTES, dtype=torch.uint8)
