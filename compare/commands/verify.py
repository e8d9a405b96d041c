"""`eigen2arc verify`: are these two faces the same person's?"""

from pathlib import Path
from typing import Annotated

import typer

from eigen2arc.core.console import say, say_json
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import Json

from .options import AsJson, Device, Preprocessing, Set, components, steps


def verify(
    first: Annotated[Path, typer.Argument(help="An image.")],
    second: Annotated[Path, typer.Argument(help="Another image.")],
    detector: Annotated[str, typer.Option(help="See `eigen2arc list detector`.")] = "mtcnn",
    aligner: Annotated[str, typer.Option(help="See `eigen2arc list aligner`.")] = "five_point",
    preprocessing: Preprocessing = "",
    encoder: Annotated[str, typer.Option(help="See `eigen2arc list encoder`.")] = "embedding",
    matcher: Annotated[str | None, typer.Option(help="See `eigen2arc list matcher`.", show_default="encoder's")] = None,
    best: Annotated[
        bool, typer.Option("--best", help="Compare each face of one image with each of the other: the best of all.")
    ] = False,
    device: Device = "auto",
    settings: Set = None,
    json: AsJson = False,
) -> None:
    """Print the similarity of two faces: the higher, the more alike.

    Of several faces in an image the one that is large and near the centre is meant, and its box is printed. Where an
    image shows no face, there is no score, and the exit code is 1.

    What a score means depends on encoder and matcher: `eigen2arc compare` finds the threshold on labelled pairs.
    """
    from eigen2arc.core import Pipeline, read_image

    chosen = components(settings, device=device, detector=detector, aligner=aligner, encoder=encoder, matcher=matcher)
    images = [read_image(first), read_image(second)]
    if matcher is None:
        matcher = str(chosen["encoder"].built.matcher)
        chosen |= components(settings, detector=None, aligner=None, encoder=None, matcher=matcher)
    stages = {kind: component.built for kind, component in chosen.items()}
    pipeline = Pipeline(**stages, preprocessing=[step.built for step in steps(preprocessing)])
    try:
        compared = pipeline.compare(*images, all_pairs=best)
    except ValueError as error:
        raise UserError(f"encoder {encoder}: {error}. Crops are cut by --aligner and --set aligner.size_px") from error
    rows: list[Json] = [
        {"image": str(path), "faces": count, "box": [round(v, 2) for v in one.boxes[0].tolist()] if len(one) else None}
        for path, count, one in zip((first, second), compared.counts, compared.faces, strict=True)
    ]
    if json:
        found = [count > 0 for count in compared.counts]
        say_json({"score": compared.score, "matcher": matcher, "face_found": found, "images": rows})
    elif compared.score is not None:
        say(f"score {compared.score:.4f} ({encoder}, {matcher}; higher is more alike)")
        for row in rows:
            if row["faces"] > 1:
                box = " ".join(f"{v:.0f}" for v in row["box"])
                say(f"{row['image']}: {row['faces']} faces; compared was the one in box {box}")
    for row in rows:
        if not row["faces"]:
            say(f"eigen2arc: {row['image']}: no face was found; --detector fixed_box takes whole images", error=True)
    if compared.score is None:
        raise typer.Exit(1)
