"""`eigen2arc classical train landmarks`: fit the five points of a face on a list of crops, or on a data set."""

import json as jsonlib
import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eigen2arc.core.errors import UserError

from .options import AsJson, DataRoot, Set, stage_settings

if TYPE_CHECKING:
    from eigen2arc.classical.train_landmarks import LandmarkTraining
    from eigen2arc.core.types import Dataset


def landmarks(
    out: Annotated[Path, typer.Option("--out", help="Folder for model.safetensors and training.json.")],
    list_file: Annotated[
        Path | None, typer.Option("--list", help="Lines of a crop's path, five x, five y. Default: use --dataset.")
    ] = None,
    crop_over_box: Annotated[
        float, typer.Option(help="How much wider a listed crop is than the face's box in its middle; LFW's are 2.2.")
    ] = 2.2,
    dataset: Annotated[str, typer.Option(help="A set with boxes and points, where there is no list.")] = "synthetic",
    detector: Annotated[
        str | None,
        typer.Option(help="Whose boxes it is to work in.", show_default="the set's own boxes"),
    ] = None,
    held_out: Annotated[float, typer.Option(help="Share of the people to measure the error on.")] = 0.2,
    starts: Annotated[int, typer.Option(min=1, help="Starts from which every face is tried.")] = 5,
    ridge: Annotated[float, typer.Option(help="The price on large coefficients, above 0.")] = 3e-4,
    seed: Annotated[int, typer.Option(min=0, help="Of the starts and of who is held out.")] = 0,
    data_root: DataRoot = None,
    settings: Set = None,
    json: AsJson = False,
) -> None:
    """Fit supervised descent to five points: eyes, nose, mouth corners. --set dataset.people=500, detector.X=Y, ..."""
    from eigen2arc.classical.supervised_descent_fit import DescentSettings
    from eigen2arc.classical.train_landmarks import train_landmarks
    from eigen2arc.core import plugins

    if not ridge > 0:
        raise UserError(f"--ridge {ridge:g}: expected a number above 0")
    chosen = stage_settings(settings, ("dataset", "detector"))
    faces = _faces(list_file, crop_over_box, dataset, chosen["dataset"], data_root)
    found_by = None if detector is None else plugins.build("detector", detector, **chosen["detector"])
    descent = DescentSettings(starts=starts, ridge=ridge, seed=seed)
    command = shlex.join(["eigen2arc", *sys.argv[1:]])
    done = train_landmarks(faces, found_by, held_out, descent, out, command)
    if json:
        print(jsonlib.dumps(asdict(done) | {"model": str(done.model), "protocol": faces.protocol}))
    else:
        _print(done, faces)


def _faces(
    list_file: Path | None, crop_over_box: float, dataset: str, settings: dict[str, Any], data_root: Path | None
) -> "Dataset":
    """The list, or the data set where there is none."""
    from eigen2arc.core import plugins
    from eigen2arc.datasets.landmark_list import read_landmark_list

    if list_file is not None:
        return read_landmark_list(list_file, crop_over_box)
    if "root" in plugins.find("dataset", dataset).settings and "root" not in settings:
        if data_root is None:
            raise UserError(f"{dataset} is read from files: say where with --data-root DIR or EIGEN2ARC_DATA=DIR")
        settings = settings | {"root": data_root}
    faces: Dataset = plugins.build("dataset", dataset, **settings)
    return faces


def _print(done: "LandmarkTraining", faces: "Dataset") -> None:
    left_out = f", {done.left_out} images left out" if done.left_out else ""
    print(f"{done.model}: five points from {done.faces} faces and their mirror images in {done.fit_s:.1f} s{left_out}")
    print(f"{faces.protocol}; errors in eye distances, from the mean shape in the box")
    print("while learning: " + " > ".join(f"{error:.4f}" for error in done.step_errors))
    if done.held_out is not None:
        held = done.held_out
        print(
            f"held out, {held.faces} faces: mean {held.mean:.2%}, median {held.median:.2%}, "
            f"{held.within_tenth:.1%} of faces below 10 %; the mean shape alone: {held.start:.2%}"
        )
        print("  " + ", ".join(f"{name} {error:.2%}" for name, error in held.per_point.items()))
