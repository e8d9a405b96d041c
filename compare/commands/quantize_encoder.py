"""`eigen2arc deep quantize`: an ONNX encoder in 8-bit integers, and what that costs and gains."""

import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from eigen2arc.core.console import say, say_json, show

from .options import AsJson, DataRoot, Set, components, out_file


def quantize_encoder(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="An .onnx file of a face encoder.")],
    out: Annotated[Path, out_file("The file to write, .onnx.")],
    dataset: Annotated[str, typer.Option(help="Faces like those to come; see `list dataset`.")] = "synthetic",
    detector: Annotated[str, typer.Option(help="Finds the faces of a set whose images are not crops.")] = "",
    calibration: Annotated[int, typer.Option(min=1, help="Crops that the ranges are read from.")] = 200,
    pairs: Annotated[int, typer.Option(min=2, help="Pairs that float and int8 are tested on.")] = 1000,
    data_root: DataRoot = None,
    settings: Set = None,
    json: AsJson = False,
) -> None:
    """Quantize a face encoder to int8 with crops of a data set, and compare it with the float one on the set's pairs.

    Faces are cut where --detector finds them, else where they are annotated; images of a set without annotation are
    taken as crops. Settings: --set dataset.people=50 --set detector.min_size_px=40.

    OUT is for the encoder `onnx`: --set encoder.model=OUT.
    """
    from eigen2arc.compare.data_tools.calibration import choose, crops_of
    from eigen2arc.deep.deploy.quantize_check import check_out, quantize_file, side_px

    check_out(model, out)
    size_px = side_px(model)
    chosen = components(settings, data_root, dataset=dataset, detector=detector or None)
    built = chosen["dataset"].built
    finder = chosen["detector"].built if detector else None
    part = choose(built, calibration, pairs)
    crops = [crops_of(built, numbers, size_px, finder) for numbers in (part.calibration, part.test)]
    command = shlex.join(["eigen2arc", *sys.argv[1:]])
    result = quantize_file(model, out, crops[0], crops[1], part.trials, command)
    if json:
        say_json(asdict(result))
        return
    table = Table("", "float", "int8", title=str(out))
    table.add_row("accuracy", *(f"{100 * value:.2f} %" for value in result.accuracy))
    table.add_row("file", *(f"{value / 1e6:.2f} MB" for value in result.size_bytes))
    table.add_row("crops/s, one core", *(f"{value:.0f}" for value in result.crops_per_second))
    show(table)
    say(f"cosine between float and int8 vectors: {result.cosine_mean:.4f}, at least {result.cosine_least:.4f}")
    say(f"{result.calibration_crops} crops of {dataset} to calibrate on, {result.pairs} other pairs to test on")
