"""`eigen2arc classical landmarks`: how far a landmark model's points are off, on faces whose points are known."""

import json as jsonlib
from dataclasses import asdict
from typing import Annotated

import typer

from .landmark_options import AnnotatedSet, Boxes, CropOverBox, ListFile, annotated_faces, print_errors
from .options import AsJson, DataRoot, Set, stage_settings


def landmarks(
    model: Annotated[str, typer.Option(help="A file of `classical train landmarks`, or synthetic: the shipped one.")],
    list_file: ListFile = None,
    crop_over_box: CropOverBox = 2.2,
    dataset: AnnotatedSet = "synthetic",
    detector: Boxes = None,
    data_root: DataRoot = None,
    settings: Set = None,
    json: AsJson = False,
) -> None:
    """Measure a landmark model on faces whose points are known; none of them should have been learned from."""
    from eigen2arc.classical.detect.landmarks.face_landmarks import read_landmarks
    from eigen2arc.classical.detect.landmarks.train import landmark_windows, measure
    from eigen2arc.core import plugins

    fitted = read_landmarks(model)
    chosen = stage_settings(settings, ("dataset", "detector"))
    faces = annotated_faces(list_file, crop_over_box, dataset, chosen["dataset"], data_root)
    found_by = None if detector is None else plugins.build("detector", detector, **chosen["detector"])
    windows, shapes, _ = landmark_windows(faces, found_by)
    errors = measure(fitted, windows, shapes)
    if json:
        print(jsonlib.dumps(asdict(errors) | {"images": len(faces.images), "protocol": faces.protocol}))
        return
    print(f"{faces.protocol}; errors in eye distances, from the mean shape in the box")
    print_errors(model, errors)
