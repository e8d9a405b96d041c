"""`eigen2arc classical convert`: a cascade from OpenCV's XML to the project's JSON, or back."""

from pathlib import Path
from typing import Annotated

import typer

from eigen2arc.core.console import say

from .options import writable_file


def convert(
    source: Annotated[str, typer.Argument(metavar="IN", help="A .json or .xml file, or the name of one of OpenCV's.")],
    target: Annotated[
        Path,
        typer.Argument(metavar="OUT", help="The file to write: .json, or .xml for OpenCV.", callback=writable_file),
    ],
) -> None:
    """Convert a cascade between the project's JSON and the XML that cv2.CascadeClassifier runs."""
    from eigen2arc.classical.detect.cascade.formats.files import load_cascade, save_cascade
    from eigen2arc.core.outputs import check_file

    check_file(target, source)
    cascade = load_cascade(source)
    about = {"command": "eigen2arc classical convert", "source": Path(source).name}
    save_cascade(target, cascade, about)
    width, height = cascade.window_px
    stages, trees = len(cascade.stages.thresholds), len(cascade.stages.first_node) - 1
    say(f"{target}: {stages} stages of {trees} trees, a window of {width} x {height} pixels")
