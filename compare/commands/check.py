"""`eigen2arc datasets check`: what is wrong with a folder of photos."""

import logging
import shlex
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from eigen2arc.core.console import say, say_json
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import Json

from .options import AsJson, Device, EncoderName, NetworkFile, out_folder


def check(
    folder: Annotated[Path, typer.Argument(help="Photos, one folder per person: FOLDER/Ada/anything.jpg ...")],
    strangers: Annotated[
        Path | None, typer.Option(help="A folder of photos of other people, in folders or not.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None,
        out_folder("Write a page, check.html, and check.json into this folder.", show_default=False),
    ] = None,
    encoder: EncoderName = "",
    network: NetworkFile = None,
    device: Device = "auto",
    json: AsJson = False,
) -> None:
    """Check a folder of photos: each file is accounted for, and each fault is named with what to do.

    Found are files that are no images; photos without a face, or with one that is not upright, tiny, blurred or one of
    several; the same picture twice; people under two names, two under one, images in a wrong folder. These last by how
    alike faces are: by chance once in twenty checks.

    The exit code is 0 where no fault is found, 1 where one is, and 2 where the folder cannot be checked.

    What is only to be known, such as small faces in the background, is counted; eigen2arc -v and --json name it, too.
    With --out what is computed is kept in OUT/artefacts, which may be deleted.
    """
    from eigen2arc.compare.photos.check import check_photos
    from eigen2arc.compare.photos.thumbnails import describe_check
    from eigen2arc.compare.report.photos_page import CHECK, render
    from eigen2arc.core.artefacts import Store
    from eigen2arc.core.files import write_json
    from eigen2arc.core.preferred import choose_recognizer
    from eigen2arc.core.progress import progress_bars

    if out is not None and any(out.resolve().is_relative_to(one.resolve()) for one in (folder, strangers) if one):
        raise UserError(f"--out {out}: lies in the folder of the photos: take another one")
    recognizer = choose_recognizer(encoder, network)
    if not json:
        say(recognizer.announcement)
    with ExitStack() as stack:
        kept = out / "artefacts" if out is not None else Path(stack.enter_context(tempfile.TemporaryDirectory()))
        progress = stack.enter_context(progress_bars())
        checked = check_photos(
            folder, strangers=strangers, recognizer=recognizer, store=Store(kept), progress=progress, device=device
        )
        found = checked.to_json() if out is None else describe_check(checked, out)
    found = {"command": shlex.join(["eigen2arc", *sys.argv[1:]]), **found}
    if out is not None:
        write_json(out / CHECK, found)
        page = render(out)
    if json:
        say_json(found)
    else:
        _print(found)
        if out is not None:
            say(f"report: {page}")
    if checked.faults:
        raise typer.Exit(1)


def _print(found: Json) -> None:
    from eigen2arc.compare.report.photos import NAMED_NOTES, by_kind, count_line, summary

    named = logging.getLogger("eigen2arc").isEnabledFor(logging.INFO)
    for row in by_kind(found):
        say(f"{row['title']}: {len(row['findings']):,}")
        for one in row["findings"]:
            if one["severity"] == "fault" or row["kind"] in NAMED_NOTES or named:
                say(f"  {', '.join(one['images'] or one['people'])}")
                say(f"    {one['words']}")
    say(summary(found))
    say(count_line(found))
    for one in found["not_checked"]:
        say(f"not checked: {one}")
