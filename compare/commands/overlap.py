"""`eigen2arc datasets overlap`: who, and which pictures, are in a training set and in a test set."""

import shlex
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Literal

import typer

from eigen2arc.core.console import say, say_json, show
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import Json
from eigen2arc.core.outputs import output_folder

from .options import AsJson, DataRoot, Device, Set, out_folder, rooted, say_remarks, stage_settings

#: So many of what was found are printed; all stand in overlap.json.
PRINTED = 10


def overlap(
    training: Annotated[
        str, typer.Argument(metavar="TRAINING", help="A data set; of one with splits, what is learned from.")
    ],
    test: Annotated[str, typer.Argument(metavar="TEST", help="Another, or the same; of one with splits, its probes.")],
    out: Annotated[
        Path | None, out_folder("Folder of overlap.json and report.html.", show_default="runs/overlap/TRAINING-TEST")
    ] = None,
    encoder: Annotated[
        str, typer.Option(help="One that needs no fitting; none: compare names and pictures only.")
    ] = "embedding",
    detector: Annotated[
        str, typer.Option(help="Finds the faces of a set whose annotation has no five points.")
    ] = "mtcnn",
    aligner: Annotated[str, typer.Option(help="See `eigen2arc list aligner`.")] = "five_point",
    crops: Annotated[
        Literal["neither", "training", "test", "both"],
        typer.Option(help="Whose images are aligned crops, in which no face is looked for."),
    ] = "neither",
    data_root: DataRoot = None,
    settings: Set = None,
    device: Device = "auto",
    json: AsJson = False,
) -> None:
    """Find people and pictures that are in both of two sets, by name, by image and by face, with thumbnails.

    Settings: --set training.view=people --set test.root=mine --set encoder.model=my.onnx. What is computed is cached in
    OUT/artefacts, which may be deleted. The exit code is 0 whether anything is found or not.

    By image: the same pixels; or the same picture saved again, scaled, mirrored, or cut, moved or turned a little. By
    face: people who are more alike than two of one set ever are by chance. The sets themselves tell how alike that is,
    and how many of the people in both such an encoder would find.
    """
    from eigen2arc.compare.data_tools.overlap import Stages, find_overlap
    from eigen2arc.compare.report.overlap_page import OVERLAP, render
    from eigen2arc.compare.runner.guards import select_tested
    from eigen2arc.core.component import Component
    from eigen2arc.core.files import write_json
    from eigen2arc.core.progress import progress_bars
    from eigen2arc.core.subset import training_part

    kinds = ("detector", "aligner", "encoder")
    chosen = stage_settings(settings, ("training", "test", *kinds))
    sides = {
        side: Component.parse("dataset", {"name": name, **rooted(name, chosen[side], data_root)}, side.upper())
        for side, name in (("training", training), ("test", test))
    }
    names = (detector, aligner, encoder)
    parts = [
        Component.parse(kind, {"name": name, **chosen[kind]}, f"--{kind}").with_defaults(device=device)
        for kind, name in zip(kinds, names, strict=True)
        if encoder != "none"
    ]
    if parts and parts[-1].learns:
        raise UserError(f"--encoder {encoder}: has to be fitted first: give --set encoder.model=..., or another one")
    if parts:
        say_remarks(parts[-1].built)
    folder = out or Path("runs") / "overlap" / f"{training}-{test}"
    learned, tested = training_part(sides["training"].built), sides["test"].built
    if tested.splits is not None:
        tested = select_tested(tested, "identification")
    cropped = ("training", "test") if crops == "both" else (crops,)
    with output_folder(folder) if out is None else nullcontext(), progress_bars() as progress:
        found = find_overlap(learned, tested, Stages(*parts) if parts else None, cropped, folder, progress)
    found = {"command": shlex.join(["eigen2arc", *sys.argv[1:]]), **found}
    write_json(folder / OVERLAP, found)
    page = render(folder)
    if json:
        say_json(found)
        return
    _print(found)
    say(f"report: {page}")


def _print(found: Json) -> None:
    """Print what was found by what, and the first of it."""
    from rich.table import Table

    from eigen2arc.compare.report.guards import by_what, finding

    say(finding(found))
    table = Table("by", "people", "pictures", "", box=None, header_style="bold", pad_edge=False)
    for row in by_what(found):
        table.add_row(row["by"], row["people"], row["pictures"], row["said"])
    listed = [(one["training"], one["test"], ", ".join(one["by"])) for one in found["people"]]
    named = Table("in training", "in test", "found by", box=None, header_style="bold", pad_edge=False)
    for words in listed[:PRINTED]:
        named.add_row(*words)
    show(table, *([named] if listed else []))
    if len(listed) > PRINTED:
        say(f"... and {len(listed) - PRINTED:,} more people: see the report")
