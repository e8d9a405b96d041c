"""WIDER FACE: 32,203 images of 61 kinds of events with 393,703 faces, many of them tiny.

Yang, Luo, Loy, Tang, "WIDER FACE: A Face Detection Benchmark" (CVPR 2016).
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from eigen2arc.core.bounds import NonNegative
from eigen2arc.core.errors import UserError
from eigen2arc.core.types import Dataset, Faces
from eigen2arc.datasets.download.files import locate, unnest
from eigen2arc.datasets.images.boxes import OutsideFaces, find_outside
from eigen2arc.datasets.images.lazy import FileImages
from eigen2arc.datasets.lists.retinaface_labels import POINTS, LabelledImage, read_labels, to_faces, with_all_points
from eigen2arc.datasets.lists.wider_face import SUBSETS, ListedImage, read_boxes, read_subsets
from eigen2arc.datasets.protocols.detection_set import DetectionSet

LAYOUT = """\
wider_face/WIDER_train/images/0--Parade/0_Parade_marchingband_1_849.jpg ...   (and WIDER_val)
wider_face/wider_face_split/wider_face_train_bbx_gt.txt                       (and wider_face_val_bbx_gt.txt)
wider_face/retinaface_gt_v1.1/train/label.txt        (RetinaFace's five points, where wanted; or wider_face/train/...)
wider_face/eval_tools/ground_truth/wider_easy_val.mat, wider_medium_val.mat, wider_hard_val.mat    (for subsets)"""


def build(
    *,
    root: Path | str,
    split: Literal["train", "val"] = "train",
    subsets: bool = False,
    least_face_px: NonNegative = 1.0,
) -> Dataset | DetectionSet:
    """Build WIDER FACE as found below ``root/wider_face``.

    Dataset.faces: score 1; score 0 of what is to be ignored: called invalid, too small, in no subset, or outside of its
    image, which a note counts, see datasets.images.boxes. Five points where RetinaFace's label.txt is there, NaN for a
    face that it knows none of. A listed image that is missing is counted in the notes and left out.

    split : the faces of the test images are not public. subsets : the faces of the official evaluation with its parts
    easy, medium and hard, for val only; a DetectionSet. least_face_px : a face whose shorter side is less is to be
    ignored (without ``subsets``, which say themselves what counts). Raises UserError that names file and line.
    """
    folder = locate(root, "wider_face", LAYOUT, f"WIDER_{split}")
    return _evaluation_set(folder, split) if subsets else _annotated(folder, split, least_face_px)


def _annotated(folder: Path, split: str, least_face_px: float) -> Dataset:
    """Build the data set of all faces of a split, for training."""
    source = unnest(folder / "wider_face_split") / f"wider_face_{split}_bbx_gt.txt"
    listed = read_boxes(source)
    labels = _points_list(folder, split)
    points_of = {image.name: image for image in read_labels(labels)} if labels is not None else {}
    faces: dict[str, Faces] = {}
    places: dict[str, Callable[[int], str]] = {}
    for image in listed:
        points = None if labels is None else _points(image.boxes, points_of.get(image.name))
        path = _path(split, image.name)
        faces[path] = to_faces(image.boxes, points, ~image.invalid, least_face_px)
        places[path] = partial(_place, source.name, image)
    folder = _images_folder(folder, split)
    present, notes = _present(folder, faces, places)
    counted = sum(int(np.count_nonzero(f.scores)) for f in present.values())
    ignored = sum(map(len, present.values())) - counted
    with_points = sum(with_all_points(f) for f in present.values())
    protocol = (
        f"WIDER FACE {split}: {len(present):,} images, {counted:,} faces of {least_face_px:g} px and more, "
        f"{with_points:,} with five points, {ignored:,} to be ignored"
    )
    images = FileImages(folder, tuple(present))
    return Dataset("wider_face", images, faces=tuple(present.values()), protocol=protocol, notes=notes)


def _evaluation_set(folder: Path, split: str) -> DetectionSet:
    """Build the data set of the faces of the official evaluation."""
    if split != "val":
        raise UserError(f"wider_face: easy, medium and hard are known for split = 'val' only, got split={split!r}")
    listed = {_path(split, image.name): image for image in read_subsets(_ground_truth(folder))}
    faces = {
        name: to_faces(image.boxes, None, np.any(list(image.counted.values()), axis=0), 0.0)
        for name, image in listed.items()
    }
    folder = _images_folder(folder, split)
    places = {name: partial(_place_in_cells, name) for name in listed}
    present, notes = _present(folder, faces, places)
    inside = {name: ~find_outside(found.boxes, folder / name) for name, found in present.items()}
    subsets = {part: {name: listed[name].counted[part] & inside[name] for name in present} for part in SUBSETS}
    parts = ", ".join(f"{sum(int(m.sum()) for m in masks.values()):,} {part}" for part, masks in subsets.items())
    protocol = f"WIDER FACE val, the official evaluation's lists: {len(present):,} images, faces: {parts}"
    images, truth = FileImages(folder, tuple(present)), tuple(present.values())
    return DetectionSet("wider_face", images, faces=truth, protocol=protocol, notes=notes, subsets=subsets)


def _images_folder(folder: Path, split: str) -> Path:
    """Find the folder below which _path() lies."""
    return unnest(folder / f"WIDER_{split}").parent


def _path(split: str, name: str) -> str:
    return f"WIDER_{split}/images/{name}"


def _place(source: str, image: ListedImage, number: int) -> str:
    """Say where a list has a face."""
    return f"{source}:{image.line + number}, {image.name}"


def _place_in_cells(name: str, number: int) -> str:
    return f"{SUBSETS['easy']}, face {number + 1} of {name}"


def _present(
    folder: Path, faces: dict[str, Faces], places: Mapping[str, Callable[[int], str]]
) -> tuple[dict[str, Faces], tuple[str, ...]]:
    """Select those images that are there, and note how many are not, and which faces lie outside of their images."""
    outside = OutsideFaces()
    present = {
        name: outside.ignore(found, folder / name, places[name])
        for name, found in faces.items()
        if (folder / name).is_file()
    }
    if not present:
        raise UserError(f"{folder}: none of the listed images is there. Expected below the data root:", LAYOUT)
    lost = sum(len(found) for name, found in faces.items() if name not in present)
    note = f"listed images that are missing and left out: {len(faces) - len(present)}, with {lost} faces"
    return present, (note, *outside.notes())


def _points_list(folder: Path, split: str) -> Path | None:
    """Find RetinaFace's list; None if it is not there."""
    folders = (unnest(folder / "retinaface_gt_v1.1"), folder)
    return next((base / split / "label.txt" for base in folders if (base / split / "label.txt").is_file()), None)


def _points(boxes: np.ndarray, labelled: LabelledImage | None) -> np.ndarray:
    """Return the points (N, 5, 2) of the label with the very same box x y w h; NaN where there is none."""
    points = np.full((len(boxes), POINTS, 2), np.nan)
    if labelled is not None:
        number = {tuple(box): i for i, box in enumerate(labelled.boxes.tolist())}
        for row, box in zip(points, boxes.tolist(), strict=True):
            if tuple(box) in number:
                row[:] = labelled.points[number[tuple(box)]]
    return points


def _ground_truth(folder: Path) -> Path:
    """Find where the official evaluation's lists lie."""
    folders = [unnest(folder / "eval_tools") / "ground_truth", unnest(folder / "ground_truth"), folder]
    for base in folders:
        if all((base / file).is_file() for file in SUBSETS.values()):
            return base
    raise UserError(
        f"{folders[0]}: there is no {', '.join(SUBSETS.values())}, which say what is easy, medium and hard. "
        "Expected below the data root:",
        LAYOUT,
    )
