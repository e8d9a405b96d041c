"""What the two landmark commands share: the faces with known points that they work on, and how errors are printed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import build_dataset

if TYPE_CHECKING:
    from eigen2arc.classical.detect.landmarks.train import LandmarkErrors
    from eigen2arc.core.types import Dataset

ListFile = Annotated[
    Path | None, typer.Option("--list", help="Lines of a crop's path, five x, five y. Default: use --dataset.")
]
CropOverBox = Annotated[
    float, typer.Option(help="How much wider a listed crop is than the face's box in its middle; LFW's are 2.2.")
]
AnnotatedSet = Annotated[str, typer.Option(help="A set with boxes and points, where there is no list.")]
Boxes = Annotated[str | None, typer.Option(help="Whose boxes it is to work in.", show_default="the set's own boxes")]


def annotated_faces(
    list_file: Path | None, crop_over_box: float, dataset: str, settings: dict[str, Any], data_root: Path | None
) -> "Dataset":
    """The list, or the data set where there is none."""
    from eigen2arc.datasets.readers._landmark_list import read_landmark_list

    if list_file is not None:
        return read_landmark_list(list_file, crop_over_box)
    faces: Dataset = build_dataset(dataset, settings, data_root)
    return faces


def print_errors(title: str, errors: "LandmarkErrors") -> None:
    """Two lines: all points together, and each point by its name."""
    print(
        f"{title}, {errors.faces} faces: mean {errors.mean:.2%}, median {errors.median:.2%}, "
        f"{errors.within_tenth:.1%} of faces below 10 %; the mean shape alone: {errors.start:.2%}"
    )
    print("  " + ", ".join(f"{name} {error:.2%}" for name, error in errors.per_point.items()))
