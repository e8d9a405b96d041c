"""`eigen2arc compare mine`: all systems on somebody's own photos, and the threshold to use."""

import shlex
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from eigen2arc.core.console import say, say_json, show
from eigen2arc.core.files import Json, read_json
from eigen2arc.core.outputs import output_folder

from .options import AsJson, DataRoot, Device, Set, out_folder, weights_folder

#: Where a run goes that is not told where.
DEFAULT_OUT = Path("runs/mine")


def mine(
    photos: Annotated[
        Path | None,
        typer.Option("--photos", metavar="FOLDER", help="One folder per person, any names.", show_default=False),
    ] = None,
    strangers: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Photos of people who are not among them, in folders per person or all in one.",
            show_default=False,
        ),
    ] = None,
    fmr: Annotated[
        float,
        typer.Option(
            "--fmr", min=1e-5, max=0.5, help="The false match rate to recommend a threshold for: 1e-2 is 1 in 100."
        ),
    ] = 1e-2,
    out: Annotated[Path | None, out_folder("Folder of the run.", show_default=str(DEFAULT_OUT))] = None,
    data_root: DataRoot = None,
    device: Device = "auto",
    settings: Set = None,
    json: AsJson = False,
) -> None:
    """Compare classical and deep systems on your own photos, and recommend a threshold."""
    from eigen2arc.compare.report.recommended import advice
    from eigen2arc.compare.report.render import render
    from eigen2arc.compare.runner.run import run
    from eigen2arc.compare.runner.suite import load
    from eigen2arc.compare.runner.summary import tables
    from eigen2arc.core.progress import progress_bars

    folder = out or DEFAULT_OUT
    paths = {"photos": str(photos), "strangers": str(strangers or ""), "kept": ""} | weights_folder(data_root)
    loaded = load("mine", settings or (), paths)
    with output_folder(folder) if out is None else nullcontext(), progress_bars() as progress:
        metrics = run(
            loaded,
            folder,
            data_root=data_root,
            device=device,
            most=None,
            command=shlex.join(["eigen2arc", *sys.argv[1:]]),
            progress=progress,
            fmr=fmr,
        )
    page = render(folder)
    document = read_json(metrics, Json)
    if json:
        say_json(document)
        return
    show(*tables(metrics))
    for line in advice(document):
        say(line)
    say(f"report: {page}")
