"""`eigen2arc classical train landmarks`: fit the five points of a face on a list of crops, or on a data set."""

import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from eigen2arc.core.console import say, say_json

from .landmarks import AnnotatedSet, Boxes, CropOverBox, ListFile, annotated_faces, print_errors
from .options import AsJson, DataRoot, Set, components, out_folder


def landmarks(
    out: Annotated[Path, out_folder("Folder for model.safetensors and training.json.")],
    list_file: ListFile = None,
    crop_over_box: CropOverBox = 2.2,
    dataset: AnnotatedSet = "synthetic",
    detector: Boxes = None,
    held_out: Annotated[float, typer.Option(help="Share of the people to measure the error on.")] = 0.2,
    starts: Annotated[int, typer.Option(help="Random starting shapes for every face.")] = 5,
    ridge: Annotated[float, typer.Option(help="The ridge penalty on large coefficients.")] = 3e-4,
    seed: Annotated[int, typer.Option(help="Seed of the starts and of who is held out.")] = 0,
    data_root: DataRoot = None,
    settings: Set = None,
    json: AsJson = False,
) -> None:
    """Fit supervised descent to five points: eyes, nose, mouth corners. --set dataset.people=500, detector.X=Y, ..."""
    from eigen2arc.classical.detect.landmarks.supervised_descent import DescentSettings
    from eigen2arc.classical.detect.landmarks.train import train_landmarks
    from eigen2arc.core.settings import with_changes

    descent = with_changes(DescentSettings(), {"starts": starts, "ridge": ridge, "seed": seed})
    chosen = components(settings, data_root, dataset=dataset, detector=detector)
    faces = annotated_faces(list_file, crop_over_box, chosen["dataset"])
    found_by = chosen["detector"].built if detector else None
    command = shlex.join(["eigen2arc", *sys.argv[1:]])
    done = train_landmarks(faces, found_by, held_out, descent, out, command)
    if json:
        say_json(asdict(done) | {"model": str(done.model), "protocol": faces.protocol})
        return
    left_out = f", {done.left_out} images left out" if done.left_out else ""
    say(f"{done.model}: five points from {done.faces} faces and their mirror images in {done.fit_s:.1f} s{left_out}")
    say(f"{faces.protocol}; errors in eye distances, from the mean shape in the box")
    say("during training: " + " > ".join(f"{error:.4f}" for error in done.step_errors))
    if done.held_out is not None:
        print_errors("held out", done.held_out)
