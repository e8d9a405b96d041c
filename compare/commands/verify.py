"""`eigen2arc verify`: are these two faces the same person's?"""

import json as jsonlib
from pathlib import Path
from typing import Annotated, Any

import typer

from eigen2arc.core.errors import UserError

from .options import AsJson, Device, Preprocessing, Set, stage_settings, step_tables, with_device


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
    from eigen2arc.core import plugins
    from eigen2arc.core.image import read
    from eigen2arc.core.pipeline import Pipeline
    from eigen2arc.core.types import Status

    chosen = stage_settings(settings, ("detector", "aligner", "encoder", "matcher"))
    images = [read(first), read(second)]

    def build(kind: str, name: str) -> Any:
        return plugins.build(kind, name, **with_device(kind, name, chosen[kind], device))

    built = build("encoder", encoder)
    matcher = matcher or str(built.matcher)
    pipeline = Pipeline(
        build("detector", detector),
        build("aligner", aligner),
        built,
        build("matcher", matcher),
        [plugins.build("preprocessing", **step) for step in step_tables(preprocessing)],
    )
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
