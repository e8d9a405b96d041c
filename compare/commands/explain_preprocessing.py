"""`eigen2arc explain preprocessing`: a strip of images, a face before and after each step."""

from pathlib import Path
from typing import Annotated

import typer

from eigen2arc.core.console import say

from .options import Device, Set, out_file, stage_settings


def preprocessing(
    image: Annotated[Path | None, typer.Argument(help="An image with a face. Without one: a synthetic face.")] = None,
    out: Annotated[Path, out_file("The figure to write, a PNG file.")] = Path("preprocessing.png"),
    steps: Annotated[
        str | None,
        typer.Option(help="Steps by name, with commas between; + puts one after another.", show_default="all steps"),
    ] = None,
    detector: Annotated[str, typer.Option(help="See `eigen2arc list detector`.")] = "mtcnn",
    aligner: Annotated[str, typer.Option(help="See `eigen2arc list aligner`.")] = "five_point",
    device: Device = "auto",
    settings: Set = None,
) -> None:
    """Draw a face as it is and after each preprocessing step.

    Of an IMAGE: its face, with the histogram of its grey levels.

    Without one: a synthetic face in several lights, a row each, and how similar each step makes them.

    Examples:

    eigen2arc explain preprocessing face.jpg --steps gamma,tan_triggs

    eigen2arc explain preprocessing --steps median_filter+tan_triggs --set tan_triggs.gamma=0.3
    """
    from eigen2arc.compare.explain.faces import LIGHT, face_in, lit_faces
    from eigen2arc.compare.explain.figure import check_png, write_png
    from eigen2arc.compare.explain.preprocessing import after_each, parse_steps, strip, table
    from eigen2arc.core import plugins
    from eigen2arc.core.component import Component

    check_png(out, image)
    chains = parse_steps(steps)
    chosen = stage_settings(settings, ("detector", "aligner", *dict.fromkeys(name for one in chains for name in one)))
    cutter = plugins.build("aligner", aligner, **chosen["aligner"])
    if image is None:
        images = after_each(lit_faces(cutter), chains, chosen)
        write_png(out, table, images, list(LIGHT), "Preprocessing: one synthetic face in five lights")
    else:
        finder = Component("detector", detector, chosen["detector"]).with_defaults(device=device)
        crop, found = face_in(image, finder.built, cutter)
        if not found:
            say(f"{image}: no face was found; the image's centre is shown")
        write_png(out, strip, after_each(crop[None], chains, chosen), f"Preprocessing: {image.name}")
    say(f"{out}: the original and {len(chains)} steps")
