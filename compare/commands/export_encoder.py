"""`eigen2arc deep export`: a trained encoder as an ONNX file."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer


def export_encoder(
    weights: Annotated[Path, typer.Option("--weights", help="best.safetensors of a training, or of deep import.")],
    out: Annotated[Path, typer.Option("--out", help="The file to write, .onnx.")],
) -> None:
    """Write a trained face embedding as an ONNX file, checked against torch before it is put in place.

    The file takes pixels as they are, 0..255, red first, and any number of crops; its metadata says so.

    OUT is for the encoder `onnx`: --set encoder.model=OUT.
    """
    from eigen2arc.deep.deploy.onnx_export import OPSET, export

    error = export(weights, out, shlex.join(["eigen2arc", *sys.argv[1:]]))
    size_mb = out.stat().st_size / 1e6
    print(
        f"{out}: {size_mb:.1f} MB, opset {OPSET}; vectors differ from torch's by {error:.1e} of their lengths at most"
    )
