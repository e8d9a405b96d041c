"""`eigen2arc deep import`: weights that others trained, for our encoder."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from eigen2arc.core.console import say
from eigen2arc.core.outputs import check_file

from .options import Set, out_file, stage_settings


def import_encoder(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What torch.save wrote: a state dict, or a checkpoint.")],
    out: Annotated[Path, out_file("The file to write, .safetensors.")],
    backbone: Annotated[
        str, typer.Option(help="iresnet, mobilefacenet or inception_resnet.", show_default="found by its names")
    ] = "",
    settings: Set = None,
) -> None:
    """Import weights that others trained: which network it is, is found by the names of its tensors.

    Known are the IResNets and the MobileFaceNet of InsightFace's arcface_torch, the MobileFaceNets of
    InsightFace_Pytorch (TreB1eN) and Face_Pytorch (wujiyang), and facenet-pytorch's Inception-ResNet.

    They may lie in a checkpoint, under any words: net_state_dict, model, module. What is left of it is named.

    Nothing in the file is run. Settings are the backbone's, where the file does not tell: --set backbone.dropout=0.4.

    OUT is for the encoder `embedding`: --set encoder.weights=OUT.
    """
    from eigen2arc.deep.deploy.weights_import import import_weights

    check_file(out, file)
    chosen = stage_settings(settings, ("backbone",))["backbone"]
    made = import_weights(file, backbone, chosen, out, shlex.join(["eigen2arc", *sys.argv[1:]]))
    network = made.network
    millions = sum(p.numel() for p in network.parameters()) / 1e6
    what = f"{made.origin.backbone}, {millions:.1f} M parameters"
    say(f"{out}: {what}, {network.embedding_size} numbers from crops of {network.size_px} pixels")
    took = f"what stands under {made.took.removesuffix('.')}" if made.took else "the whole file"
    left = f"; left: {', '.join(made.left)}" if made.left else ""
    say(f"taken from {file}: {made.origin.title}, {took}{left}")
