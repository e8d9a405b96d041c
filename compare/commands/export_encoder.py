"""`eigen2arc deep export`: a trained encoder as an ONNX file."""

import shlex
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from eigen2arc.core.console import say
from eigen2arc.core.outputs import check_file

from .options import out_file


def export_encoder(
    weights: Annotated[Path, typer.Option("--weights", help="best.safetensors of a training, or of deep import.")],
    out: Annotated[Path, out_file("The file to write, .onnx.")],
    wanted: Annotated[
        Literal["raw", "normalised"],
        typer.Option("--input", help="What the file takes: pixels 0..255, or (pixel - 127.5) / 127.5."),
    ] = "raw",
) -> None:
    """Write a trained face embedding as an ONNX file, checked against torch before it is put in place.

    The file takes red first, and any number of crops; its metadata says so, and which pixels it takes. InsightFace's
    client and the encoder `onnx` (--set encoder.model=OUT) find that out. UniFace, OpenCV, OpenVINO and ONNX Runtime
    are told by you; UniFace's default is normalised.
    """
    from eigen2arc.deep.deploy.onnx_export import OPSET, export

    check_file(out, weights)

    error = export(weights, out, shlex.join(["eigen2arc", *sys.argv[1:]]), wanted)
    size_mb = out.stat().st_size / 1e6
    say(f"{out}: {size_mb:.1f} MB, opset {OPSET}; vectors differ from torch's by {error:.1e} of their lengths at most")
