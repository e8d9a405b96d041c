"""`eigen2arc classical landmarks`: how far a landmark model's points are off, on faces whose points are known."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eigen2arc.core.console import say, say_json

from .options import AsJson, DataRoot, Set, components

if TYPE_CHECKING:
    from eigen2arc.classical.detect.landmarks.train import LandmarkErrors
    from eigen2arc.core.component import Component
    from eigen2arc.core.types import Dataset


ListFile = Annotated[
    Path | None, typer.Option("--list", help="Lines of a crop's path, five x, five y. Default: use --dataset.")
]
CropOverBox = Annotated[
    float, typer.Option(help="How much wider a listed crop is than the face's box in its middle; LFW's are 2.2.")
]
AnnotatedSet = Annotated[str, typer.Option(help="A set with boxes and points, where there is no list.")]
Boxes = Annotated[
    str | None,
    typer.Option(help="The detector whose boxes the points are fitted in.", show_default="the set's own boxes"),
]


def annotated_faces(list_file: Path | None, crop_over_box: float, dataset: "Component") -> "Dataset":
    """Read the faces of the list, or of the data set where there is none."""
    from eigen2arc.datasets.readers.lfw_net7 import read_landmark_list

    faces: Dataset = dataset.built if list_file is None else read_landmark_list(list_file, crop_over_box)
    return faces


def print_errors(title: str, errors: "LandmarkErrors") -> None:
    """Print two lines: the error of all points, and that of each point by its name."""
    say(
        f"{title}, {errors.faces} faces: mean {errors.mean:.2%}, median {errors.median:.2%}, "
        f"{errors.within_tenth:.1%} of faces below 10 %; the mean shape alone: {errors.start:.2%}"
    )
    say("  " + ", ".join(f"{name} {error:.2%}" for name, error in errors.per_point.items()))


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
    """Measure a landmark model on faces whose points are known; the model should not be fitted on any of them."""
    from eigen2arc.classical.detect.landmarks.face_landmarks import read_landmarks
    from eigen2arc.classical.detect.landmarks.train import landmark_windows, measure

    fitted = read_landmarks(model)
    chosen = components(settings, data_root, dataset=dataset, detector=detector)
    faces = annotated_faces(list_file, crop_over_box, chosen["dataset"])
    found_by = chosen["detector"].built if detector else None
    windows, shapes, _ = landmark_windows(faces, found_by)
    errors = measure(fitted, windows, shapes)
    if json:
        say_json(asdict(errors) | {"images": len(faces.images), "protocol": faces.protocol})
        return
    say(f"{faces.protocol}; errors in eye distances, from the mean shape in the box")
    print_errors(model, errors)
