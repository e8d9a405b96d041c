"""`eigen2arc explain encoder`: what an encoder sees in a face."""

from pathlib import Path
from typing import Annotated, Any

import typer

from eigen2arc.core.console import say
from eigen2arc.core.errors import UserError

from .options import Device, Set, components, out_file, say_remarks

#: Synthetic people that an encoder learns from where no model is given, and images of each; the last two of a person
#: are held out.
PEOPLE, IMAGES_EACH, HELD_OUT = 36, 8, 2


def encoder(
    name: Annotated[str, typer.Argument(help="One of `eigen2arc list explainer`.")],
    image: Annotated[Path | None, typer.Argument(help="An image with a face. Without one: a synthetic face.")] = None,
    out: Annotated[Path | None, out_file("The figure to write, a PNG file.", show_default="NAME.png")] = None,
    detector: Annotated[str, typer.Option(help="See `eigen2arc list detector`.")] = "mtcnn",
    aligner: Annotated[str, typer.Option(help="See `eigen2arc list aligner`.")] = "five_point",
    device: Device = "auto",
    settings: Set = None,
) -> None:
    """Draw what an encoder sees in a face: label maps, kernels and responses, gradients, or the axes that it learned.

    Encoders that learn do so from synthetic people first. For a model of yours: --set encoder.model=FILE

    Examples:

    eigen2arc explain encoder hog_grid face.jpg --set encoder.cell_px=8

    eigen2arc explain encoder eigenfaces --set encoder.components=50
    """
    from eigen2arc.compare.explain.faces import face_in, lit_faces
    from eigen2arc.compare.explain.figure import check_png, write_png
    from eigen2arc.core import plugins

    plugins.find("encoder", name)
    if name not in plugins.plugins("explainer"):
        raise UserError(
            f"there is no figure of what {name} sees: choose one of {', '.join(plugins.plugins('explainer'))}"
        )
    out = out or Path(f"{name}.png")
    check_png(out, image)
    chosen = components(settings, device=device, detector=detector, aligner=aligner, encoder=name)
    cutter, built = chosen["aligner"].built, chosen["encoder"].built
    say_remarks(built)
    size_px = _fitted_size_px(built)
    if size_px not in (None, cutter.size_px):
        raise UserError(
            f"the model is for crops of {size_px} px, the aligner cuts {cutter.size_px}: "
            f"--set aligner.size_px={size_px}"
        )
    if image is None:
        crop = lit_faces(cutter)[0]
    else:
        crop, found = face_in(image, chosen["detector"].built, cutter)
        if not found:
            say(f"{image}: no face was found; the image's centre is shown")
    people = None
    if chosen["encoder"].plugin.learns:
        people = _people(built, cutter)
    else:
        try:
            built.encode(crop[None])
        except ValueError as error:  # settings that do not fit crops of this size
            raise UserError(f"{name}: {error}") from error
    explain = plugins.build("explainer", name)
    write_png(out, lambda: explain(built, crop, people))
    say(f"{out}: what {name} sees")


def _fitted_size_px(encoder: Any) -> int | None:
    """Side of the crops that an encoder was fitted on, None if it was not."""
    projection = getattr(encoder, "projection_", None)
    return getattr(encoder, "size_px_", None) if projection is None else int(projection.size_px)


def _people(encoder: Any, cutter: Any) -> Any:
    """Synthetic people (compare.explain.explainer.People); an encoder that is not fitted learns from most of them."""
    import numpy as np

    from eigen2arc.compare.explain.explainer import People
    from eigen2arc.compare.explain.faces import people

    say(f"drawing {PEOPLE} synthetic people, {IMAGES_EACH} images each")
    crops, labels = people(cutter, PEOPLE, IMAGES_EACH)
    learned = np.zeros(len(crops), bool)
    if _fitted_size_px(encoder) is None:
        learned = np.arange(len(crops)) % IMAGES_EACH < IMAGES_EACH - HELD_OUT
        encoder.fit(crops[learned], labels[learned])
    return People(crops, labels, learned)
