"""`eigen2arc compare`: run a suite, write its metrics and its report. Or all losses: compare_losses.py."""

import shlex
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from eigen2arc.core.outputs import output_folder

from .compare_losses import losses
from .compare_mine import mine
from .default_group import DefaultGroup
from .options import AsCsv, AsJson, DataRoot, Device, out_folder, weights_folder
from .printed_run import check_forms, print_run

app = typer.Typer(
    cls=DefaultGroup,
    help="Run systems, or losses, side by side: `compare lfw` (short for `compare suite lfw`), `compare mine` on your "
    "own photos, `compare losses`.",
)


@app.command("suite")
def compare(
    suite: Annotated[str, typer.Argument(help="A suite's name (see: eigen2arc list suite), or a .toml file.")] = "demo",
    out: Annotated[Path | None, out_folder("Folder of the run.", show_default="runs/SUITE")] = None,
    data_root: DataRoot = None,
    limit: Annotated[
        int | None,
        typer.Option(min=2, help="Test at most so many pairs, probes or images a task; training stays whole."),
    ] = None,
    device: Device = "auto",
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Change a setting, e.g. systems.mtcnn.detector.min_size_px=40; may be repeated.",
        ),
    ] = None,
    ablated: Annotated[
        str,
        typer.Option(
            "--ablate",
            metavar="STAGES",
            help="Exchange stages and say what each costs: some of detector,aligner,preprocessing,encoder.",
            show_default=False,
        ),
    ] = "",
    stress: Annotated[
        str,
        typer.Option(
            metavar="NAMES",
            help="Also decide the verification's pairs made worse by degrees: blur,jpeg (see: eigen2arc list stress), "
            "or all that the set allows.",
            show_default=False,
        ),
    ] = "",
    cost: Annotated[
        bool,
        typer.Option(
            "--cost",
            help="Measure what each system costs, too: parameters, multiply-adds, milliseconds a face, memory.",
        ),
    ] = False,
    json: AsJson = False,
    csv: AsCsv = False,
) -> None:
    """Run classical and deep systems on the same data and write a side-by-side report.

    A second run computes only what changed; an interrupted run resumes where it stopped.

    SUITE may be a TOML file of yours. In its strings {data_root} is --data-root, and {weights} the folder weights in
    it, else beside it; a system with needs = ["{weights}/my.onnx", "package: dlib"] is left out, and named, where that
    file or package is not there.

    Where no face is found: on_missing=annotation (else the centre), centre, skip or error; of several: choose=central,
    largest, best or annotated. Both are keys of a suite, and of --set.

    What --ablate tries stands in a suite's table "ablate", in its lists detector, aligner and preprocessing, for the
    systems whose ids are in its list systems; what is not there is as usual. The encoders are those of the suite.

    --stress gives a curve for each system and stress, and the level at which half of what it had over chance is lost;
    of 300 pairs, or --set stress.pairs=N. The nuisance factors of a suite that has such a set are measured as without.
    """

    from eigen2arc.compare.report.render import render
    from eigen2arc.compare.runner.alternatives import stages_named
    from eigen2arc.compare.runner.run import run
    from eigen2arc.compare.runner.suite import load
    from eigen2arc.core.progress import progress_bars

    check_forms(json, csv)
    loaded = load(suite, settings or (), weights_folder(data_root), stress=stress)
    folder = out or Path("runs") / loaded.name
    with output_folder(folder) if out is None else nullcontext(), progress_bars() as progress:
        run(
            loaded,
            folder,
            data_root=data_root,
            device=device,
            most=limit,
            command=shlex.join(["eigen2arc", *sys.argv[1:]]),
            progress=progress,
            ablated=stages_named(ablated) if ablated else (),
            cost=cost,
        )
    page = render(folder)
    print_run(folder, page, json=json, csv=csv)


app.command("mine")(mine)
app.command("losses")(losses)
