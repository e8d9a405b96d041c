"""`eigen2arc compare mine`: all systems on somebody's own photos and the threshold to use, or a plan for them."""

import shlex
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from eigen2arc.core.console import say, say_json, show
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import Json, read_json
from eigen2arc.core.outputs import output_folder

from .options import AsJson, DataRoot, Device, out_folder, weights_folder

#: Where a run goes that is not told where.
DEFAULT_OUT = Path("runs/mine")

#: Faults of a kind that are named in a terminal.
NAMED = 3

#: What is made of the photos, and so is no setting.
MADE_HERE = ("verification", "identification")


def mine(
    photos: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="One folder per person, any names.", show_default=False),
    ] = None,
    strangers: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Photos of other people, all in one folder or in one per person. Without it some of the people are "
            "strangers in turn.",
            show_default=False,
        ),
    ] = None,
    fmr: Annotated[
        float,
        typer.Option(
            "--fmr", min=1e-5, max=0.5, help="False match rate that a threshold is wanted for: 1e-2 is 1 pair in 100."
        ),
    ] = 1e-2,
    plan: Annotated[
        bool,
        typer.Option(
            "--plan",
            help="Say how many people and photos it takes: with --photos by a run on them, else by what is usual.",
        ),
    ] = False,
    difference: Annotated[
        float,
        typer.Option(
            min=0.01, max=50, help="Of a plan: accuracies of two systems that differ by so many points are told apart."
        ),
    ] = 2.0,
    networks: Annotated[
        list[Path] | None,
        typer.Option(
            "--network",
            metavar="FILE",
            help="An ONNX network of yours that encodes faces of 112 px, one more system; may be repeated.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[Path | None, out_folder("Folder of the run.", show_default=str(DEFAULT_OUT))] = None,
    data_root: DataRoot = None,
    device: Device = "auto",
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="Change a setting of a system, or of the fit data; may be repeated."
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    """Compare systems on your own photos, one folder per person, and recommend a threshold; no file to write.

    First the photos are checked, see `datasets check`; what cannot be used is named and left out. Then each system
    decides pairs, in folds by person, and names people among strangers. What learns, learns from drawn faces, so that
    it is one and the same system for everybody.

    The threshold is for the false match rate --fmr, from all pairs of two people, and comes with what the rate will be
    with other people. --plan says how many people that takes, before you collect them.

    A system whose package or network is not there is left out, and named; networks are looked for in the folder
    weights in --data-root, or beside it.
    """
    if photos is None and not plan:
        raise UserError("say which photos: --photos FOLDER, one folder per person; or how many it takes: --plan")
    if photos is None:
        _print_plan(fmr, difference, None, json)
        return
    folder = out or DEFAULT_OUT
    with output_folder(folder) if out is None else nullcontext():
        metrics, page = _compare(
            photos, strangers, fmr, folder, data_root, device, settings or [], networks or [], json
        )
    if plan:
        _print_plan(fmr, difference, metrics, json)
    elif json:
        say_json(metrics)
    if not json:
        say(f"report: {page}")


def _compare(
    photos: Path,
    strangers: Path | None,
    fmr: float,
    folder: Path,
    data_root: Path | None,
    device: str,
    settings: list[str],
    networks: list[Path],
    quiet: bool,
) -> tuple[Json, Path]:
    """Check the photos and run all systems on them: the run's metrics, and its page. quiet : print nothing of it."""
    from eigen2arc.compare.photos.check import check_photos
    from eigen2arc.compare.photos.networks import own_networks
    from eigen2arc.compare.photos.protocol import known_images, photo_protocol
    from eigen2arc.compare.photos.thumbnails import describe_check
    from eigen2arc.compare.report.recommended import words
    from eigen2arc.compare.report.render import render
    from eigen2arc.compare.runner.run import run
    from eigen2arc.compare.runner.suite import load
    from eigen2arc.compare.runner.summary import tables
    from eigen2arc.core.artefacts import Store
    from eigen2arc.core.preferred import preferred_recognizer
    from eigen2arc.core.progress import progress_bars

    if fixed := [one for one in settings if one.partition(".")[0] in MADE_HERE]:
        raise UserError(f"--set {fixed[0]}: pairs and rounds are made of --photos; copy the suite mine to make others")
    if any(folder.resolve().is_relative_to(one.resolve()) for one in (photos, strangers) if one is not None):
        raise UserError(f"--out {folder}: lies in the folder of the photos: take another one")
    suite = load("mine", settings, {"photos": str(photos)} | weights_folder(data_root))
    suite = replace(suite, systems=(*suite.systems, *own_networks(networks)))
    with progress_bars() as progress:
        recognizer = preferred_recognizer()
        check = check_photos(
            photos,
            strangers=strangers,
            recognizer=recognizer,
            store=Store(folder / "artefacts"),
            progress=progress,
            device=device,
        )
        found = describe_check(check, folder)
        if not quiet:
            _say_check(found)
        tested = photo_protocol(check)
        path = run(
            suite,
            folder,
            data_root=data_root,
            device=device,
            most=None,
            command=shlex.join(["eigen2arc", *sys.argv[1:]]),
            progress=progress,
            fmr=fmr,
            datasets=dict.fromkeys(suite.tasks, tested),
            photos=found,
            known=known_images(check, tested),
        )
    metrics, page = read_json(path, Json), render(folder)
    if not quiet:
        show(*tables(path))
        for line in words(metrics["systems"]):
            say(line)
    return metrics, page


def _say_check(found: Json) -> None:
    """Print what was found, a line for each kind, and what becomes of the images; the report names all."""
    from eigen2arc.compare.report.photos import NAMED_NOTES, by_kind, count_line, summary

    for row in by_kind(found):
        faults = [one for one in row["findings"] if one["severity"] == "fault" or row["kind"] in NAMED_NOTES]
        names = [_shortly(one["images"] or one["people"]) for one in faults[:NAMED]]
        more = f" and {len(faults) - NAMED:,} more" if len(faults) > NAMED else ""
        if faults:
            say(f"{row['title']}: {'; '.join(names)}{more}")
    say(summary(found))
    say(count_line(found))


def _shortly(names: list[str]) -> str:
    """Name the first two."""
    return ", ".join([*names[:2], "..."] if len(names) > 2 else names)


def _print_plan(fmr: float, difference: float, metrics: Json | None, json: bool) -> None:
    from eigen2arc.compare.photos.plan import plan
    from eigen2arc.compare.photos.plan_tables import notes, plan_tables

    made = plan(fmr, difference / 100, metrics)
    if json:
        say_json(made)
        return
    show(*plan_tables(made))
    for line in notes(made):
        say(line)
