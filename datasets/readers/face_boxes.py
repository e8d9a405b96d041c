"""Your own images with boxes around the faces: a folder train, val or test, its images, and one label.txt."""

from pathlib import Path
from typing import Literal

import numpy as np

from eigen2arc.core.bounds import NonNegative
from eigen2arc.core.errors import UserError
from eigen2arc.core.image import read_size
from eigen2arc.core.types import Dataset, Faces
from eigen2arc.datasets.download.files import unnest
from eigen2arc.datasets.images.boxes import find_outside
from eigen2arc.datasets.images.lazy import FileImages
from eigen2arc.datasets.lists.retinaface_labels import FORM, LabelledImage, read_labels, to_faces, with_all_points

LAYOUT = f"""\
ROOT/train/images/anything.jpg ...   (and val, test; folders inside images are fine)
ROOT/train/label.txt                 ({FORM})"""


def build(
    *, root: Path | str, split: Literal["train", "val", "test"] = "train", least_face_px: NonNegative = 1.0
) -> Dataset:
    """Build the data set of the images that ``root/split/label.txt`` names, below ``root/split/images``.

    Dataset.faces: boxes and five points, NaN where unknown; score 1, or 0 of what is to be ignored.

    split : the folder. least_face_px : a face whose shorter side is less is to be ignored, neither learned from nor hit
    nor miss. Raises UserError that names file and line of a broken label, of an image that is not there, and of a box
    that does not lie in its image, see datasets.images.boxes.
    """
    folder = unnest(Path(root) / split)
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder. Expected:", LAYOUT)
    labels = folder / "label.txt"
    listed = read_labels(labels)
    names = tuple(_image(folder, image, labels) for image in listed)
    faces = tuple(_faces(folder, image, labels, least_face_px) for image in listed)
    counted = sum(int(np.count_nonzero(f.scores)) for f in faces)
    ignored = sum(map(len, faces)) - counted
    with_points = sum(with_all_points(f) for f in faces)
    protocol = (
        f"face_boxes {split}: {len(names):,} images, {counted:,} faces of {least_face_px:g} px and more, "
        f"{with_points:,} with five points, {ignored:,} to be ignored"
    )
    return Dataset("face_boxes", FileImages(folder, names), faces=faces, protocol=protocol)


def _image(folder: Path, image: LabelledImage, labels: Path) -> str:
    name = f"images/{image.name}"
    if not (folder / name).is_file():
        raise UserError(f"{labels}:{image.line}: there is no {folder / name}")
    return name


def _faces(folder: Path, image: LabelledImage, labels: Path, least_face_px: float) -> Faces:
    faces = to_faces(image.boxes, image.points, np.ones(len(image.boxes), bool), least_face_px)
    path = folder / f"images/{image.name}"
    for number in np.flatnonzero(find_outside(faces.boxes, path))[:1]:
        box, (width, height) = " ".join(f"{value:g}" for value in image.boxes[number]), read_size(path)
        raise UserError(
            f"{labels}:{image.lines[number]}: the middle of the box {box} lies outside of {image.name}, of {width} x "
            f"{height} pixels. Boxes are x y w h, the corner at the top left, width and height, not two corners"
        )
    return faces
