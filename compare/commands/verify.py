"""`eigen2arc verify`: are these two faces the same person's?"""

import json as jsonlib
from pathlib import Path
from typing import Annotated

import typer

from eigen2arc.core.errors import UserError

from .options import AsJson, Device, Preprocessing, Set, components, steps


def verify(
    first: Annotated[Path, typer.Argument(help="An image.")],
    second: Annotated[Path, typer.Argument(help="Another image.")],
    detector: Annotated[str, typer.Option(help="See `eigen2arc list detector`.")] = "mtcnn",
    aligner: Annotated[str, typer.Option(help="See `eigen2arc list aligner`.")] = "five_point",
    preprocessing: Preprocessing = "",
    encoder: Annotated[str, typer.Option(help="See `eigen2arc list encoder`.")] = "embedding",
    matcher: Annotated[str | None, typer.Option(help="See `eigen2arc list matcher`.", show_default="encoder's")] = None,
    device: Device = "auto",
    settings: Set = None,
    json: AsJson = False,
) -> None:
    """Print the similarity of two faces: the higher, the more alike.

    What a score means depends on encoder and matcher: `eigen2arc compare` finds the threshold on labelled pairs.
    """
    from eigen2arc.core import Pipeline, Status, read_image

    chosen = components(settings, device=device, detector=detector, aligner=aligner, encoder=encoder, matcher=matcher)
    images = [read_image(first), read_image(second)]
    if matcher is None:
        matcher = str(chosen["encoder"].built.matcher)
        chosen |= components(settings, detector=None, aligner=None, encoder=None, matcher=matcher)
    stages = {kind: component.built for kind, component in chosen.items()}
    pipeline = Pipeline(**stages, preprocessing=[step.built for step in steps(preprocessing)])
    try:
        score, status = pipeline.verify(*images)
    except ValueError as error:
        raise UserError(f"encoder {encoder}: {error}. Crops are cut by --aligner and --set aligner.size_px") from error
    found = [bool(s == Status.FOUND) for s in status]
    if json:
        print(jsonlib.dumps({"score": score, "matcher": matcher, "face_found": found}))
        return
    print(f"score {score:.4f} ({encoder}, {matcher}; higher is more alike)")
    for path, was_found in zip((first, second), found, strict=True):
        if not was_found:
            print(f"{path}: no face was found; the image's centre was compared")
