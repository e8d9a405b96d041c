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
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A state dict written by torch.save.")],
    out: Annotated[Path, out_file("The file to write, .safetensors.")],
    backbone: Annotated[str, typer.Option(help="iresnet or mobilefacenet.")] = "iresnet",
    settings: Set = None,
) -> None:
    """Import the weights of InsightFace's arcface_torch: its IResNets and its MobileFaceNet.

    Settings are the backbone's: --set backbone.layers=100. Nothing in the file is run.

    OUT is for the encoder `embedding`: --set encoder.weights=OUT.
    """
    from eigen2arc.deep.deploy.insightface_import import import_weights

    check_file(out, file)
    chosen = stage_settings(settings, ("backbone",))["backbone"]
    made = import_weights(file, backbone, chosen, out, shlex.join(["eigen2arc", *sys.argv[1:]]))
    millions = sum(p.numel() for p in made.parameters()) / 1e6
    size, side = made.embedding_size, made.size_px
    say(f"{out}: {backbone}, {millions:.1f} M parameters, {size} numbers from crops of {side} pixels")
