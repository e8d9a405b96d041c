"""`eigen2arc deep export`: a trained encoder as an ONNX file."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from eigen2arc.core.console import say
from eigen2arc.core.outputs import check_file

from .options import out_file


def export_encoder(
    weights: Annotated[Path, typer.Option("--weights", help="best.safetensors of a training, or of deep import.")],
    out: Annotated[Path, out_file("The file to write, .onnx.")],
) -> None:
    """Write a trained face embedding as an ONNX file, checked against torch before it is put in place.

    The file takes pixels as they are, 0..255, red first, and any number of crops; its metadata says so.

    OUT is for the encoder `onnx`: --set encoder.model=OUT.
    """
    from eigen2arc.deep.deploy.onnx_export import OPSET, export

    check_file(out, weights)

    error = export(weights, out, shlex.join(["eigen2arc", *sys.argv[1:]]))
    size_mb = out.stat().st_size / 1e6
    say(f"{out}: {size_mb:.1f} MB, opset {OPSET}; vectors differ from torch's by {error:.1e} of their lengths at most")
