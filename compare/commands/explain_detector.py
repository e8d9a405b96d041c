"""`eigen2arc explain detector`: what a detector's stages see in an image."""

from pathlib import Path
from typing import Annotated

import typer

from eigen2arc.core.console import say
from eigen2arc.core.errors import UserError

from .options import Device, Set, components, out_file

#: Detectors with a figure.
DETECTORS = ("mtcnn",)


def detector(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(DETECTORS)}.")],
    image: Annotated[Path | None, typer.Argument(help="An image. Without one: a synthetic scene.")] = None,
    out: Annotated[Path | None, out_file("The figure to write, a PNG file.", show_default="NAME.png")] = None,
    device: Device = "auto",
    settings: Set = None,
) -> None:
    """Draw a detector's stages: the input of each, and the boxes that it leaves.

    Example:

    eigen2arc explain detector mtcnn photo.jpg --set detector.min_size_px=40
    """
    from eigen2arc.compare.explain import mtcnn as explain_mtcnn
    from eigen2arc.compare.explain.figure import check_png, write_png
    from eigen2arc.core import plugins
    from eigen2arc.core.image import read

    plugins.find("detector", name)
    if name not in DETECTORS:
        raise UserError(f"there is no figure of {name}'s stages: choose one of {', '.join(DETECTORS)}")
    out = out or Path(f"{name}.png")
    check_png(out, image)
    built = components(settings, device=device, detector=name)["detector"].built
    pixels = plugins.build("dataset", "scenes", images=1, most_faces=6).images[0] if image is None else read(image)
    write_png(out, explain_mtcnn.figure, built, pixels)
    say(f"{out}: the stages of {name}")
