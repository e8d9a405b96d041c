"""`eigen2arc classical proposals`: how many faces the sources of proposals cover, with how many boxes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eigen2arc.core.console import say, say_json, show
from eigen2arc.core.errors import UserError
from eigen2arc.core.files import Json

from .options import AsJson, DataRoot, Set, components, out_folder

if TYPE_CHECKING:
    from eigen2arc.classical.detect.window_classifier.hard_negatives import Proposal


def proposals(
    out: Annotated[Path, out_folder("Folder for metrics.json and proposals.svg.")],
    dataset: Annotated[str, typer.Option(help="A set with boxes of faces: scenes, fddb.")] = "scenes",
    limit: Annotated[int, typer.Option(min=1, help="Take so many images, spread evenly over the set.")] = 60,
    quality: Annotated[bool, typer.Option("--quality", help="Include the quality modes, which are slow.")] = False,
    data_root: DataRoot = None,
    settings: Set = None,
    json: AsJson = False,
) -> None:
    """Score all sources of proposals, and OpenCV's selective search, on how well their boxes cover faces.

    Recall at IoU 0.5 and mean average best overlap (MABO) against the number of boxes, and ms per image.
    """
    from eigen2arc.compare.detection_study.proposals import score, write_figure
    from eigen2arc.compare.runner.provenance import hardware, versions
    from eigen2arc.compare.runner.subset import evenly
    from eigen2arc.core.files import write_json

    source = components(settings, data_root, dataset=dataset)["dataset"].built
    if source.faces is None:
        raise UserError(f"{dataset} has no annotated boxes of faces: take scenes or fddb")
    images = evenly(len(source.images), limit).tolist()
    scored = {name: score(one, source, images) for name, one in _sources(quality).items()}
    faces = sum(len(source.faces[index].counted) for index in images)
    protocol = f"{source.protocol}; {len(images)} of {len(source.images)} images, with {faces} faces"
    document: Json = {
        "protocol": protocol,
        "versions": versions(),
        "hardware": hardware("cpu"),
        "sources": {name: result.metrics() for name, result in scored.items()},
    }
    write_json(out / "metrics.json", document)
    # A peer's lines are solid, ours are dashed like all of the classical track.
    tracks = {name: "peer" if name.startswith("OpenCV") else "classical" for name in scored}
    write_figure(out / "proposals.svg", scored, tracks, f"Faces covered by proposals\n{protocol}")
    if json:
        say_json(document)
        return
    _print(document)
    say(f"{out / 'metrics.json'} and {out / 'proposals.svg'}")


def _sources(quality: bool) -> dict[str, "Proposal"]:
    from eigen2arc.compare.peers.races.opencv_proposals import OpenCVSelectiveSearch
    from eigen2arc.core import plugins

    sources = {name: plugins.build("proposal", name) for name in plugins.plugins("proposal")}
    sources["OpenCV fast"] = OpenCVSelectiveSearch()
    if quality:
        sources["selective quality"] = plugins.build("proposal", "selective_search", mode="quality")
        sources["OpenCV quality"] = OpenCVSelectiveSearch(quality=True)
    return sources


def _print(document: Json) -> None:
    from eigen2arc.core.fitted_table import Column, FittedTable

    counts = list(next(iter(document["sources"].values()))["mabo"])
    rows = []
    for name, row in document["sources"].items():
        found = [f"{row['recall_at_iou_0.5'][count]:.3f}" for count in counts]
        rows.append([name, "recall", *found, f"{row['boxes_per_image']:,.0f}", f"{row['ms_per_image']:,.0f}"])
        rows.append(["", "MABO", *(f"{row['mabo'][count]:.3f}" for count in counts), "", ""])
    numbers = [Column(name, right=True) for name in (*(f"{int(count):,}" for count in counts), "boxes", "ms/image")]
    table = FittedTable([Column("source"), Column("at boxes:"), *numbers], rows, title=document["protocol"])
    show(table)
