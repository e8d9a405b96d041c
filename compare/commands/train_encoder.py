"""`eigen2arc classical train encoder`: fit Eigenfaces, Fisherfaces, ... on the faces of a data set."""

import json as jsonlib
from pathlib import Path
from typing import Annotated

import typer

from eigen2arc.core.errors import UserError

from .options import AsJson, DataRoot, Set, stage_settings


def encoder(
    name: Annotated[str, typer.Argument(help="The encoder: eigenfaces, fisherfaces. See `eigen2arc list encoder`.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for model.safetensors and training.json.")],
    dataset: Annotated[str, typer.Option(help="A labelled set. See `eigen2arc list dataset`.")] = "synthetic",
    detector: Annotated[
        str | None,
        typer.Option(help="See `eigen2arc list detector`.", show_default="the set's own boxes, else viola_jones"),
    ] = None,
    aligner: Annotated[str, typer.Option(help="See `eigen2arc list aligner`.")] = "five_point",
    data_root: DataRoot = None,
    settings: Set = None,
    json: AsJson = False,
) -> None:
    """Fit an encoder on the faces of a data set: --set encoder.components=100, --set dataset.people=50, ..."""
    from eigen2arc.classical.train import train_encoder
    from eigen2arc.core import plugins

    chosen = stage_settings(settings, ("encoder", "dataset", "detector", "aligner"))
    if "root" in plugins.find("dataset", dataset).settings and "root" not in chosen["dataset"]:
        if data_root is None:
            raise UserError(f"{dataset} is read from files: say where with --data-root DIR or EIGEN2ARC_DATA=DIR")
        chosen["dataset"]["root"] = data_root
    faces = plugins.build("dataset", dataset, **chosen["dataset"])
    if detector is None and faces.faces is None:
        detector = "viola_jones"
    found_by = None if detector is None else plugins.build("detector", detector, **chosen["detector"])
    cut_by = plugins.build("aligner", aligner, **chosen["aligner"])

    done = train_encoder(name, chosen["encoder"], faces, found_by, cut_by, out)
    if json:
        print(jsonlib.dumps({**vars(done), "model": str(done.model)}))
        return
    left_out = f", {done.left_out} images left out" if done.left_out else ""
    print(f"{done.model}: {name} of {done.dimensions} dimensions from {done.images} faces of {done.people} people")
    print(f"fitted in {done.fit_s:.1f} s{left_out}")
    print(f"compare two faces with it: eigen2arc verify A B --encoder {name} --set encoder.model={done.model}")
