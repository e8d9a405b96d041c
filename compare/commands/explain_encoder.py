"""`eigen2arc explain encoder`: what an encoder sees in a face."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eigen2arc.core.errors import UserError

from .options import Device, Set, stage_settings, with_device

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Encoders with a figure.
ENCODERS = (
    "lbp_histogram",
    "high_dim_lbp",
    "gabor_jets",
    "lgbphs",
    "hog_grid",
    "sift_bag_of_words",
    "eigenfaces",
    "fisherfaces",
)

#: Synthetic people that an encoder learns from where no model is given, and images of each; the last two of a person
#: are held out.
PEOPLE, IMAGES_EACH, HELD_OUT = 36, 8, 2


def encoder(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(ENCODERS)}.")],
    image: Annotated[Path | None, typer.Argument(help="An image with a face. Without one: a synthetic face.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="The figure to write, a PNG file.", show_default="NAME.png")
    ] = None,
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
    if name not in ENCODERS:
        raise UserError(f"there is no figure of what {name} sees: choose one of {', '.join(ENCODERS)}")
    out = check_png(out or Path(f"{name}.png"))
    chosen = stage_settings(settings, ("detector", "aligner", "encoder"))
    cutter = plugins.build("aligner", aligner, **chosen["aligner"])
    built = plugins.build("encoder", name, **chosen["encoder"])
    size_px = _fitted_size_px(built)
    if size_px not in (None, cutter.size_px):
        raise UserError(
            f"the model is for crops of {size_px} px, the aligner cuts {cutter.size_px}: "
            f"--set aligner.size_px={size_px}"
        )
    if image is None:
        crop = lit_faces(cutter)[0]
    else:
        finder = plugins.build("detector", detector, **with_device("detector", detector, chosen["detector"], device))
        crop, found = face_in(image, finder, cutter)
        if not found:
            print(f"{image}: no face was found; the image's centre is shown")
    if not plugins.find("encoder", name).learns:
        try:
            built.encode(crop[None])
        except ValueError as error:  # settings that do not fit crops of this size
            raise UserError(f"{name}: {error}") from error
    write_png(out, lambda: _figure(name, built, crop, cutter))
    print(f"{out}: what {name} sees")


def _fitted_size_px(encoder: Any) -> int | None:
    """Side of the crops that an encoder was fitted on, None if it was not."""
    projection = getattr(encoder, "projection_", None)
    return getattr(encoder, "size_px_", None) if projection is None else int(projection.size_px)


def _figure(name: str, encoder: Any, crop: Any, cutter: Any) -> "Figure":
    from eigen2arc.compare.explain import gabor as explain_gabor
    from eigen2arc.compare.explain import high_dim_lbp as explain_high_dim_lbp
    from eigen2arc.compare.explain import hog as explain_hog
    from eigen2arc.compare.explain import lbp as explain_lbp
    from eigen2arc.compare.explain import sift_words as explain_sift_words
    from eigen2arc.compare.explain import subspaces as explain_subspaces

    not_fitted: dict[str, Any] = {
        "lbp_histogram": explain_lbp,
        "high_dim_lbp": explain_high_dim_lbp,
        "gabor_jets": explain_gabor,
        "lgbphs": explain_gabor,
        "hog_grid": explain_hog,
    }
    if name in not_fitted:
        figure: Figure = not_fitted[name].figure(encoder, crop)
        return figure

    import numpy as np

    from eigen2arc.compare.explain.faces import people

    print(f"drawing {PEOPLE} synthetic people, {IMAGES_EACH} images each", flush=True)
    crops, labels = people(cutter, PEOPLE, IMAGES_EACH)
    learned = np.zeros(len(crops), bool)
    if _fitted_size_px(encoder) is None:
        learned = np.arange(len(crops)) % IMAGES_EACH < IMAGES_EACH - HELD_OUT
        encoder.fit(crops[learned], labels[learned])
    if name == "sift_bag_of_words":
        return explain_sift_words.figure(encoder, crop, crops)
    if name == "eigenfaces":
        return explain_subspaces.eigenfaces(encoder, crop, crops)
    return explain_subspaces.fisherfaces(encoder, crop, crops, labels, learned)
